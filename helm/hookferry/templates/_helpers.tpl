{{/* The chart's name, or the one in its place. */}}
{{- define "hookferry.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{/* The objects' name. A Service's may have 63 characters, a Pod's owner's 52: that also leaves room for "-admin" and "-headless". */}}
{{- define "hookferry.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/* The name of the admin port's Service, which is also the `job` of what Prometheus scrapes through it. */}}
{{- define "hookferry.adminName" -}}
{{- printf "%s-admin" (include "hookferry.fullname" .) }}
{{- end }}

{{/* The name of the Service that a StatefulSet needs for its Pods' own names. */}}
{{- define "hookferry.headlessName" -}}
{{- printf "%s-headless" (include "hookferry.fullname" .) }}
{{- end }}

{{/* The fewest Pods that there are to be. */}}
{{- define "hookferry.leastReplicas" -}}
{{- ternary .Values.autoscaling.minReplicas .Values.replicaCount .Values.autoscaling.enabled | int }}
{{- end }}

{{/* Of the Pods: a digest says which image it is, whatever the tag says later. */}}
{{- define "hookferry.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{/* What has the Pods, as kubectl takes it. */}}
{{- define "hookferry.workload" -}}
{{- printf "%s/%s" (ternary "statefulset" "deployment" .Values.spool.enabled) (include "hookferry.fullname" .) }}
{{- end }}

{{- define "hookferry.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "hookferry.labels" -}}
helm.sh/chart: {{ include "hookferry.chart" . }}
{{ include "hookferry.selectorLabels" . }}
{{- if .Chart.AppVersion }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/*
The metadata of an object. Takes a dict: root, and as far as the object has its own name, namespace, component, labels and
annotations, those.
*/}}
{{- define "hookferry.metadata" -}}
{{- $root := .root -}}
name: {{ .name | default (include "hookferry.fullname" $root) }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "hookferry.labels" $root | nindent 2 }}
  {{- with .component }}
  app.kubernetes.io/component: {{ . }}
  {{- end }}
  {{- with merge (dict) (.labels | default dict) $root.Values.commonLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (.annotations | default dict) $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* These cannot change in an upgrade. */}}
{{- define "hookferry.selectorLabels" -}}
app.kubernetes.io/name: {{ include "hookferry.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "hookferry.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "hookferry.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}
