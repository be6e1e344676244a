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
    {{- with .Values.podLabels }}
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
      image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve, --config, /etc/hookferry/hookferry.yaml]
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
        - name: config
          mountPath: /etc/hookferry
          readOnly: true
        {{- range $group, $secret := .Values.secrets }}
        {{- if $secret.existingSecret }}
        - name: secrets-{{ $group }}
          mountPath: /run/secrets/{{ $group }}
          readOnly: true
        {{- end }}
        {{- end }}
        {{- if .Values.spool.enabled }}
        - name: spool
          mountPath: {{ .Values.config.spool.path }}
        {{- end }}
        {{- with .Values.volumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ include "hookferry.fullname" . }}
    {{- range $group, $secret := .Values.secrets }}
    {{- with $secret.existingSecret }}
    - name: secrets-{{ $group }}
      secret:
        secretName: {{ . }}
        defaultMode: 0440
    {{- end }}
    {{- end }}
    {{- with .Values.volumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
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
{{- end }}
