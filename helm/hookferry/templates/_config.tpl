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
{{- if contains `{"env":` (toJson $config) }}
{{- fail "config: {env: NAME} finds nothing, since the chart gives no environment variables: put the secret into secrets.hooks.existingSecret or secrets.kafka.existingSecret, and write {file: /run/secrets/hooks/KEY} or {file: /run/secrets/kafka/KEY}" }}
{{- end }}
{{- range $group, $secret := .Values.secrets }}
{{- if and (not $secret.existingSecret) (contains (printf "/run/secrets/%s/" $group) (toJson $config)) }}
{{- fail (printf "secrets.%s.existingSecret is empty, and config refers to /run/secrets/%s/…: name the Secret with these files" $group $group) }}
{{- end }}
{{- end }}
{{- include "hookferry.checkShutdown" . }}
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
