{{/* What `helm test` runs: see templates/tests. */}}

{{/*
The source that its event is of; empty where there is no test: none would be possible through a Service that speaks TLS,
whose name its certificate does not have, nor for sources that let in their sender's networks alone.
*/}}
{{- define "hookferry.testSource" -}}
{{- if and .Values.test.enabled (or .Values.test.url (eq (include "hookferry.scheme" .) "http")) }}
{{- $all := list }}
{{- $open := list }}
{{- range .Values.config.sources }}
{{- $all = append $all .name }}
{{- if not .allow }}
{{- $open = append $open .name }}
{{- end }}
{{- end }}
{{- if and .Values.test.source (not (has .Values.test.source $all)) }}
{{- fail (printf "test.source: %s is none of config.sources: %s" .Values.test.source (join ", " $all)) }}
{{- end }}
{{- with .Values.test.source | default (first $open) }}
{{- . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "hookferry.testName" -}}
{{- printf "%s-test" (include "hookferry.fullname" .) }}
{{- end }}

{{/* Of the Service that finds the Pods. The name of the test's own Pod is its host name, which it finds itself by. */}}
{{- define "hookferry.testPods" -}}
{{- printf "%s-test-pods" (include "hookferry.fullname" .) }}
{{- end }}

{{/* Not those that the Services find the Pods by: no webhook is to come here. */}}
{{- define "hookferry.testLabels" -}}
app.kubernetes.io/name: {{ include "hookferry.name" . }}-test
app.kubernetes.io/part-of: {{ include "hookferry.fullname" . }}
{{- end }}

{{/* The metadata of what is there during the test only. Takes a dict: root, name, weight (what comes first has less). */}}
{{- define "hookferry.testMetadata" -}}
name: {{ .name }}
labels:
  helm.sh/chart: {{ include "hookferry.chart" .root }}
  {{- include "hookferry.testLabels" .root | nindent 2 }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  {{- with .root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  {{- with .root.Values.commonAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  helm.sh/hook: test
  helm.sh/hook-weight: {{ .weight | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
