{{/* What the chart reads of `config`, and what of it cannot work in a Pod. */}}

{{/* Fails on what `hookferry check` cannot know, since it is about the Pod. */}}
{{- define "hookferry.check" -}}
{{- $config := .Values.config }}
{{- if not (dig "kafka" "bootstrap_servers" list $config) }}
{{- fail "config.kafka.bootstrap_servers is empty: name servers of your Kafka, such as [kafka-0.kafka:9092, kafka-1.kafka:9092]" }}
{{- end }}
{{- if not $config.sources }}
{{- fail "config.sources is empty: name at least one sender, such as {name: glossi, preset: glossi, secrets: [{file: /run/secrets/hooks/glossi}]}" }}
{{- end }}
{{- $given := list }}
{{- range .Values.extraEnv }}
{{- $given = append $given .name }}
{{- end }}
{{- range regexFindAll `\{"env":"[^"]*"` (toJson $config) -1 }}
{{- $name := trimPrefix `{"env":"` . | trimSuffix `"` }}
{{- if not (has $name $given) }}
{{- fail (printf "config: {env: %s} finds nothing, since the chart gives no environment variables but those of extraEnv: put a secret into secrets.hooks.existingSecret or secrets.kafka.existingSecret, and write {file: /run/secrets/hooks/KEY} or {file: /run/secrets/kafka/KEY}" $name) }}
{{- end }}
{{- end }}
{{- range $group, $secret := .Values.secrets }}
{{- if and (not $secret.existingSecret) (contains (printf "/run/secrets/%s/" $group) (toJson $config)) }}
{{- fail (printf "secrets.%s.existingSecret is empty, and config refers to /run/secrets/%s/…: name the Secret with these files" $group $group) }}
{{- end }}
{{- end }}
{{- if kindIs "bool" (dig "kafka" "min_durability" "" $config) }}
{{- fail `config.kafka.min_durability: without quotes off is a boolean here: write "off"` }}
{{- end }}
{{- if and .Values.secrets.tls.existingSecret (eq (include "hookferry.scheme" .) "http") }}
{{- fail "secrets.tls.existingSecret is set, and the webhook port would be without TLS all the same: write config: {http: {tls: {certificate: /run/secrets/tls/tls.crt, key: /run/secrets/tls/tls.key}}}" }}
{{- end }}
{{- include "hookferry.checkAutoscaling" . }}
{{- include "hookferry.checkShutdown" . }}
{{- include "hookferry.checkSpool" . }}
{{- end }}

{{/* Fails where the autoscaler would strand events, or do nothing. */}}
{{- define "hookferry.checkAutoscaling" -}}
{{- with .Values.autoscaling }}
{{- if .enabled }}
{{- if $.Values.spool.enabled }}
{{- fail "autoscaling.enabled together with spool.enabled: a Pod that is scaled away can leave events on its volume, which nobody brings to Kafka. Set replicaCount instead, or do without the spool" }}
{{- end }}
{{- if lt (int .maxReplicas) (int .minReplicas) }}
{{- fail (printf "autoscaling.maxReplicas: %d is less than autoscaling.minReplicas, %d" (int .maxReplicas) (int .minReplicas)) }}
{{- end }}
{{- if not (or .targetCPUUtilizationPercentage .metrics) }}
{{- fail "autoscaling without targetCPUUtilizationPercentage or metrics has nothing to go by: set one of them" }}
{{- end }}
{{- if and .targetCPUUtilizationPercentage (not (dig "requests" "cpu" "" ($.Values.resources | default dict))) }}
{{- fail "autoscaling.targetCPUUtilizationPercentage is a share of resources.requests.cpu, which is not set: set it to what one replica is to do, such as 1" }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Fails where what was answered 200 would be gone with its Pod, or would not find room on its volume. */}}
{{- define "hookferry.checkSpool" -}}
{{- $spool := .Values.config.spool | default dict }}
{{- if and $spool (not .Values.spool.enabled) }}
{{- fail "config.spool without a volume would be lost with its Pod: set spool.enabled, which gives every Pod a volume of its own at config.spool.path, or remove config.spool" }}
{{- end }}
{{- if .Values.spool.enabled }}
{{- if not $spool.path }}
{{- fail "spool.enabled gives every Pod a volume, and config.spool.path does not say where it is to be: write config: {spool: {path: /var/lib/hookferry}}" }}
{{- end }}
{{- if regexMatch "^/(etc/hookferry|run/secrets)(/|$)" $spool.path }}
{{- fail (printf "config.spool.path: %s is where the chart mounts what cannot be written: write /var/lib/hookferry" $spool.path) }}
{{- end }}
{{- $maxSize := $spool.max_size | default "1GiB" }}
{{- $most := include "hookferry.bytes" (dict "key" "config.spool.max_size" "text" $maxSize "example" "1GiB") }}
{{- $size := include "hookferry.bytes" (dict "key" "spool.size" "text" .Values.spool.size "example" "2Gi") }}
{{- $needed := div (add (mul $most 11) 10485759) 10485760 }}
{{- if lt (div (int64 $size) 1048576) $needed }}
{{- fail (printf "spool.size: %s is too small for config.spool.max_size, %s, and a tenth of it to spare for the file system: make it at least %dMi" .Values.spool.size $maxSize $needed) }}
{{- end }}
{{- end }}
{{- end }}

{{/* A size of the configuration, or a quantity of Kubernetes, in bytes. Takes a dict: key and example (for the message), text. */}}
{{- define "hookferry.bytes" -}}
{{- if not (regexMatch "^[0-9]{1,9}(B|[KMGT]iB?|[kMGT]?)$" (toString .text)) }}
{{- fail (printf "%s: %v is not a size: write %s" .key .text .example) }}
{{- end }}
{{- $units := dict "" 1 "B" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 }}
{{- mul (regexFind "^[0-9]+" .text | int64) (get $units (regexFind "[a-zA-Z]*$" .text | trimSuffix "B" )) }}
{{- end }}

{{/* Fails where Kubernetes would kill the process before it is done. */}}
{{- define "hookferry.checkShutdown" -}}
{{- $drain := dig "shutdown" "drain" "5s" .Values.config }}
{{- $flush := dig "shutdown" "flush" "20s" .Values.config }}
{{- $draining := include "hookferry.microseconds" (dict "key" "config.shutdown.drain" "text" $drain) }}
{{- $flushing := include "hookferry.microseconds" (dict "key" "config.shutdown.flush" "text" $flush) }}
{{- $needed := add (div (add $draining $flushing 999999) 1000000) 2 }}
{{- if lt (int64 .Values.terminationGracePeriodSeconds) $needed }}
{{- fail (printf "terminationGracePeriodSeconds: %d is too short for config.shutdown, with drain %s and flush %s, and 2 s to spare: make it at least %d" (int64 .Values.terminationGracePeriodSeconds) $drain $flush $needed) }}
{{- end }}
{{- end }}

{{/* A duration of the configuration in microseconds. Takes a dict: key (for the message), text. */}}
{{- define "hookferry.microseconds" -}}
{{- if not (regexMatch "^[0-9]{1,9}(us|ms|s|m|h|d)$" (toString .text)) }}
{{- fail (printf "%s: %v is not a duration: write 500ms, 5s or 1m" .key .text) }}
{{- end }}
{{- $units := dict "us" 1 "ms" 1000 "s" 1000000 "m" 60000000 "h" 3600000000 "d" 86400000000 }}
{{- mul (regexFind "^[0-9]+" .text | int64) (get $units (regexFind "[a-z]+$" .text)) }}
{{- end }}

{{/* How the webhook port is spoken to, which is also what it is called: controllers and meshes go by that name. */}}
{{- define "hookferry.scheme" -}}
{{- $http := .Values.config.http | default dict }}
{{- $tls := $http.tls | default dict }}
{{- ternary "https" "http" (not (empty $tls.certificate)) }}
{{- end }}

{{/* The port of an address to listen on, which the Services have to reach. Takes a dict: key, text. */}}
{{- define "hookferry.port" -}}
{{- if not (regexMatch ":[1-9][0-9]{0,4}$" (toString .text)) }}
{{- fail (printf "%s: %v has no fixed port: write [::]:8080" .key .text) }}
{{- end }}
{{- $port := regexFind "[0-9]+$" .text }}
{{- if not (regexMatch `^(|\[::\]|0\.0\.0\.0):[0-9]+$` .text) }}
{{- fail (printf "%s: %s is one address only, which the Services and probes do not reach: write [::]:%s" .key .text $port) }}
{{- end }}
{{- $port }}
{{- end }}

{{- define "hookferry.httpPort" -}}
{{- include "hookferry.port" (dict "key" "config.http.listen" "text" (dig "http" "listen" "[::]:8080" .Values.config)) }}
{{- end }}

{{- define "hookferry.adminPort" -}}
{{- include "hookferry.port" (dict "key" "config.admin.listen" "text" (dig "admin" "listen" "127.0.0.1:8081" .Values.config)) }}
{{- end }}

{{/*
Of the part of the configuration that a running process does not take over: all but the sources and the log's level. The
secrets' contents have no part in it either.
*/}}
{{- define "hookferry.restartChecksum" -}}
{{- $config := omit .Values.config "sources" "log" }}
{{- with omit (.Values.config.log | default dict) "level" }}
{{- $_ := set $config "log" . }}
{{- end }}
{{- $config | toYaml | sha256sum }}
{{- end }}
