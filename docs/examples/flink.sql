-- hookferry's events as a table of Apache Flink 2, with its Kafka connector and JSON format. `hookferry asyncapi` says which
-- topics there are, `hookferry schema EVENT` what is in them.

-- How long events_once remembers an id.
SET 'table.exec.state.ttl' = '24 h';

CREATE TABLE events (
  `id`           STRING NOT NULL,
  `source`       STRING NOT NULL,
  `type`         STRING NOT NULL,
  `subject`      STRING,
  `time`         STRING NOT NULL,            -- as the sender wrote it: any offset, up to nine decimals
  `jobid`        STRING,
  `receivedtime` TIMESTAMP_LTZ(3) NOT NULL,  -- always UTC and milliseconds
  `unmapped`     STRING,
  `data`         STRING,                     -- JSON, or ROW<`jobId` STRING, `status` STRING> for the topic of one event
  `topic`        STRING METADATA VIRTUAL,
  `arrived`      AS PROCTIME(),
  WATERMARK FOR `receivedtime` AS `receivedtime` - INTERVAL '1' MINUTE
) WITH (
  'connector' = 'kafka',
  'topic-pattern' = '(glossi|meshqa)\..*',   -- the quarantine topics do not match
  'properties.bootstrap.servers' = 'localhost:9092',
  'properties.group.id' = 'example-flink',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);

-- Records come at least once; here each event stands once.
CREATE VIEW events_once AS
SELECT `type`, `source`, `subject`, `id`, `time`, `receivedtime`, `data`
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `arrived`) AS `nth` FROM events)
WHERE `nth` = 1;

SELECT `type`, `source`, COALESCE(`subject`, '-') AS `subject`, `id`, JSON_VALUE(`data`, '$.status') AS `status`
FROM events_once;
