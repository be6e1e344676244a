{{/* What Kafka has to have for `config`: as hookferry itself derives it. */}}

{{/* The events that are known of each preset: those of src/senders/presets.cc. */}}
{{- define "hookferry.presetEvents" -}}
glossi: [model.processed, model.failed, project.created, job.complete, job.failed, render.complete, render.failed]
meshqa: [validation.completed]
{{- end }}

{{/*
The topics, as a JSON list of {name, event}: for each source its events, the preset's before its own, and its quarantine, which
is of no event.
*/}}
{{- define "hookferry.topics" -}}
{{- $presets := include "hookferry.presetEvents" . | fromYaml }}
{{- $topic := .Values.config.kafka.topic | default "{source}.{event}" }}
{{- $quarantine := .Values.config.kafka.quarantine_topic | default "{source}-quarantine" }}
{{- $topics := list }}
{{- range $source := .Values.config.sources }}
{{- $preset := toString .preset }}
{{- if not (hasKey $presets $preset) }}
{{- fail (printf "strimzi: the chart does not know the events of the preset %s of source %s: switch strimzi.topics and strimzi.user off, and make them yourself" $preset .name) }}
{{- end }}
{{- range concat (get $presets $preset) (.events | default list) | uniq }}
{{- $topics = append $topics (dict "name" ($topic | replace "{source}" $source.name | replace "{event}" .) "event" .) }}
{{- end }}
{{- $topics = append $topics (dict "name" ($quarantine | replace "{source}" .name) "event" "") }}
{{- end }}
{{- toJson $topics }}
{{- end }}

{{/*
The rights on one of them, as a YAML list. What is quarantined is not read back. Rights on the cluster are not needed: since
Kafka 2.8 WRITE on a topic is enough for an idempotent producer (KIP-679). Takes a dict: root, topic.
*/}}
{{- define "hookferry.topicOperations" -}}
- Write
- Describe
- DescribeConfigs
{{- if and .topic.event (not (regexMatch "^0+[a-z]+$" (dig "dedupe" "warmup" "3h" .root.Values.config))) }}
- Read
{{- end }}
{{- if dig "kafka" "create_topics" "enabled" true .root.Values.config }}
- Create
{{- end }}
{{- end }}

{{/* The name of a topic's object: the topic's, where Kubernetes takes it. */}}
{{- define "hookferry.topicObject" -}}
{{- if regexMatch `^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$` . }}
{{- . }}
{{- else }}
{{- printf "%s-%s" (regexReplaceAll "[^a-z0-9]+" (lower .) "-" | trunc 200 | trimAll "-") (sha256sum . | trunc 8) }}
{{- end }}
{{- end }}

{{/* The ports of config.kafka.bootstrap_servers, as a JSON list. */}}
{{- define "hookferry.kafkaPorts" -}}
{{- $ports := list }}
{{- range .Values.config.kafka.bootstrap_servers }}
{{- $port := regexFind `:[1-9][0-9]{0,4}$` . | trimPrefix ":" }}
{{- if not $port }}
{{- fail (printf "config.kafka.bootstrap_servers: %s has no port: write HOST:9092" .) }}
{{- end }}
{{- $ports = append $ports (int $port) }}
{{- end }}
{{- uniq $ports | toJson }}
{{- end }}

{{/* Fails where Strimzi would not know what to do. */}}
{{- define "hookferry.strimziCluster" -}}
{{- required "strimzi.cluster is empty: name the Kafka resource that the topics and the user belong to" .Values.strimzi.cluster }}
{{- end }}

{{/* v1 came with Strimzi 0.49, and 1.0 has nothing else. */}}
{{- define "hookferry.strimziVersion" -}}
{{- $old := and (.Capabilities.APIVersions.Has "kafka.strimzi.io/v1beta2") (not (.Capabilities.APIVersions.Has "kafka.strimzi.io/v1")) }}
{{- ternary "kafka.strimzi.io/v1beta2" "kafka.strimzi.io/v1" $old }}
{{- end }}
