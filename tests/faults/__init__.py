"""The real program against a real Kafka under a seeded schedule of faults, and a checker of what became of each event.

  tests/faults/run.sh --minutes 30 --seed N [--no-spool] [--nodes 3]

events     what senders send, each with the CloudEvents id that it must get
load       senders: they post, retry as theirs do with compressed pauses, and note every attempt
history    what was sent and answered
stored     what is in the topics and in the spool at the end
checker    whether history and stored agree with what is promised
schedule   which fault comes when: a function of the seed
injector   does it to the processes
run        all of it, once
"""
