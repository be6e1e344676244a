// The facts of this table are from the senders' own documentation of their webhooks.
#include "senders/presets.h"

#include "senders/source.h"

namespace hookferry::senders {
namespace {

constexpr IdRule glossi_ids[] = {
    {.prefix = "job.", .member = "jobId", .in_data = true, .is_job = true},
    {.prefix = "render.", .member = "jobId", .in_data = true, .is_job = true},
    {.prefix = "model.", .member = "modelId", .in_data = true, .is_job = false},
    {.prefix = "project.", .member = "projectId", .in_data = true, .is_job = false},
};

constexpr DocumentedEvent glossi_events[] = {
    {"model.processed", R"({"event":"model.processed","timestamp":"2025-01-15T10:30:00.000Z",)"
                        R"("data":{"modelId":"model-uuid","name":"Chair Model","status":"READY",)"
                        R"("glbFilePath":"https://s3.../file.glb","thumbnailUrl":"https://s3.../file.jpg"}})"},
    {"model.failed",
     R"({"event":"model.failed","timestamp":"2025-01-15T10:30:00.000Z","data":{"modelId":"model-uuid",)"
     R"("name":"Chair Model","status":"FAILED","error":"Model conversion failed: unsupported format"}})"},
    {"project.created", R"({"event":"project.created","timestamp":"2025-01-15T10:30:00.000Z",)"
                        R"("data":{"projectId":"project-uuid","name":"Chair Project","modelIds":["model-uuid"],)"
                        R"("templateId":"template-uuid"}})"},
    {"job.complete", R"({"event":"job.complete","timestamp":"2025-01-15T10:30:00.000Z","data":{"jobId":"job-uuid",)"
                     R"("status":"COMPLETE","results":[{"model":{"id":"model-uuid","name":"Chair"},)"
                     R"("project":{"id":"project-uuid","name":"Chair Project"}}]}})"},
    {"job.failed", R"({"event":"job.failed","timestamp":"2025-01-15T10:30:00.000Z","data":{"jobId":"job-uuid",)"
                   R"("status":"FAILED","error":"Model processing timed out"}})"},
    {"render.complete", R"({"event":"render.complete","timestamp":"2025-01-15T10:30:00.000Z",)"
                        R"("data":{"jobId":"render-job-uuid","status":"COMPLETED","projectId":"project-uuid",)"
                        R"("renderIds":["render-uuid-1","render-uuid-2"]}})"},
    {"render.failed", R"({"event":"render.failed","timestamp":"2025-01-15T10:30:00.000Z",)"
                      R"("data":{"jobId":"render-job-uuid","projectId":"project-uuid","error":"Render timed out"}})"},
};

constexpr IdRule meshqa_ids[] = {
    {.prefix = "", .member = "job_id", .in_data = false, .is_job = true},
};

constexpr DocumentedEvent meshqa_events[] = {
    {"validation.completed", R"({"event":"validation.completed","job_id":"val_abc123def456","result":{"valid":true,)"
                             R"("health_score":87,"grade":"excellent","meshes":[{"name":"Chair","vertices":12043,)"
                             R"("watertight":true}],"securityScan":{"safe":true,"scannedFiles":1,"warnings":[]}}})"},
};

constexpr Preset presets[] = {
    {.name = "glossi",
     .source_uri = "https://api.glossi.app",
     .secret_variable = "GLOSSI_WEBHOOK_SECRET",
     .signature_header = "X-Glossi-Signature",
     .event_member = "event",
     .data_member = "data",
     .timestamp_member = "timestamp",
     .id_rules = glossi_ids,
     .events = glossi_events},
    {.name = "meshqa",
     .source_uri = "https://meshqa.vercel.app",
     .secret_variable = "MESHQA_WEBHOOK_SECRET",
     .signature_header = "X-MeshQA-Signature",
     .event_member = "event",
     .data_member = "result",
     .timestamp_member = "",
     .id_rules = meshqa_ids,
     .events = meshqa_events},
};

}  // namespace

const Preset* find_preset(std::string_view name) noexcept {
  for (const Preset& preset : presets) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

std::vector<std::string_view> preset_names() {
  std::vector<std::string_view> names;
  for (const Preset& preset : presets) names.push_back(preset.name);
  return names;
}

std::string_view preset_secret_variable(std::string_view preset) {
  const Preset* const found = find_preset(preset);
  return found != nullptr ? found->secret_variable : std::string_view();
}

std::vector<std::string_view> preset_events(std::string_view preset) {
  std::vector<std::string_view> names;
  const Preset* const found = find_preset(preset);
  if (found == nullptr) return names;
  for (const DocumentedEvent& event : found->events) names.push_back(event.name);
  return names;
}

std::string_view preset_sample(std::string_view preset, std::string_view event) {
  const Preset* const found = find_preset(preset);
  if (found == nullptr) return {};
  for (const DocumentedEvent& documented : found->events) {
    if (documented.name == event) return documented.sample;
  }
  return {};
}

}  // namespace hookferry::senders
