{{/* The Pods of the Deployment, and those of the StatefulSet, which have the spool's volume beside it. */}}
{{- define "hookferry.pod" -}}
{{- include "hookferry.check" . -}}
metadata:
  annotations:
    checksum/config: {{ include "hookferry.restartChecksum" . }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "hookferry.selectorLabels" . | nindent 4 }}
    {{- with merge (dict) .Values.podLabels .Values.commonLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  serviceAccountName: {{ include "hookferry.serviceAccountName" . }}
  automountServiceAccountToken: {{ .Values.serviceAccount.automount }}
  enableServiceLinks: false
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  containers:
    - name: hookferry
      image: {{ include "hookferry.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve, --config, /etc/hookferry/hookferry.yaml]
      {{- with .Values.extraEnv }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      ports:
        - name: {{ include "hookferry.scheme" . }}
          containerPort: {{ include "hookferry.httpPort" . }}
        - name: admin
          containerPort: {{ include "hookferry.adminPort" . }}
      {{- with .Values.livenessProbe }}
      livenessProbe:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.readinessProbe }}
      readinessProbe:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.startupProbe }}
      startupProbe:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      # Whole folders: a file mounted by its subPath would never see a change.
      volumeMounts:
        {{- include "hookferry.volumeMounts" (dict "root" . "groups" (keys .Values.secrets)) | nindent 8 }}
        {{- if .Values.spool.enabled }}
        - name: spool
          mountPath: {{ .Values.config.spool.path }}
        {{- end }}
  volumes:
    {{- include "hookferry.volumes" (dict "root" . "groups" (keys .Values.secrets)) | nindent 4 }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range . }}
    - {{- toYaml . | nindent 6 }}
      {{- if not .labelSelector }}
      labelSelector:
        matchLabels:
          {{- include "hookferry.selectorLabels" $ | nindent 10 }}
      {{- end }}
    {{- end }}
  {{- end }}
{{- end }}

{{/* The configuration, the Secrets of these groups, and what was asked for beside them. Takes a dict: root, groups. */}}
{{- define "hookferry.volumes" -}}
- name: config
  configMap:
    name: {{ include "hookferry.fullname" .root }}
{{- range $group := sortAlpha .groups }}
{{- with (get $.root.Values.secrets $group).existingSecret }}
- name: secrets-{{ $group }}
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- end }}
{{- with .root.Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Where a container has them. */}}
{{- define "hookferry.volumeMounts" -}}
- name: config
  mountPath: /etc/hookferry
  readOnly: true
{{- range $group := sortAlpha .groups }}
{{- if (get $.root.Values.secrets $group).existingSecret }}
- name: secrets-{{ $group }}
  mountPath: /run/secrets/{{ $group }}
  readOnly: true
{{- end }}
{{- end }}
{{- with .root.Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}
