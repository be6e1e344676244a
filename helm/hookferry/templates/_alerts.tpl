{{/*
The labels that tell this release's series from all others, as YAML. By default those that a ServiceMonitor gives to what
it scrapes: the namespace, and as job the name of the Service, here that of the admin port.
*/}}
{{- define "hookferry.alerts.selectorLabels" -}}
{{- $labels := dict "namespace" .Release.Namespace "job" (include "hookferry.adminName" .) }}
{{- range $label, $value := .Values.prometheusRule.selector }}
{{- $_ := set $labels $label $value }}{{/* merge would leave out "" */}}
{{- end }}
{{- toYaml $labels }}
{{- end }}

{{/* The same as matchers of PromQL, without braces. */}}
{{- define "hookferry.alerts.matchers" -}}
{{- $matchers := list }}
{{- range $label, $value := include "hookferry.alerts.selectorLabels" . | fromYaml }}
{{- $matchers = append $matchers (printf "%s=%s" $label ($value | quote)) }}
{{- end }}
{{- join ", " $matchers }}
{{- end }}

{{/* Their names, for `by (…)`: an alert about the whole release keeps them. */}}
{{- define "hookferry.alerts.by" -}}
{{- include "hookferry.alerts.selectorLabels" . | fromYaml | keys | sortAlpha | join ", " }}
{{- end }}

{{/* An alert's labels. Takes a dict: root, severity. */}}
{{- define "hookferry.alerts.labels" -}}
{{- toYaml (merge (dict "severity" .severity) .root.Values.prometheusRule.alertLabels) }}
{{- end }}

{{/*
An error budget burns too fast, in a long window, so that it matters, and in a short one, so that it still does: the
multi-window, multi-burn-rate alert of Google's SRE workbook (chapter 5). Takes a dict: name and key (of the alert and
the pair of windows, in the values), bad and all (counts in PromQL, with WINDOW for the window), long, short, objective, burnRate, minimumFailures.
The value is the share of bad ones in the long window.
*/}}
{{- define "hookferry.alerts.burn" -}}
{{- $threshold := mulf .burnRate (divf (subf 100 .objective) 100) }}
{{- if ge $threshold 1.0 }}
{{- fail (printf "prometheusRule.rules.%s.%s.burnRate: %v is never reached; with an objective of %v the budget burns at most %v times too fast, when everything fails: lower it" .name .key .burnRate .objective (divf 100 (subf 100 .objective))) }}
{{- end -}}
(
  {{ .bad | replace "WINDOW" .long }}
  /
  {{ .all | replace "WINDOW" .long }}
) > {{ $threshold }}
and
(
  {{ .bad | replace "WINDOW" .short }}
  /
  {{ .all | replace "WINDOW" .short }}
) > {{ $threshold }}
and
{{ .bad | replace "WINDOW" .long }} >= {{ .minimumFailures }}
{{- end }}
