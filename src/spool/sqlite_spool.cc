#include "spool/sqlite_spool.h"

#include <mutex>
#include <utility>

#include "base/text.h"
#include "spool/read_connection.h"
#include "spool/writer.h"

namespace hookferry::spool {

/// The parts, and the connection that reads.
class SqliteSpool::State {
 public:
  State(const Options& options, Folder&& its_folder, Log& log, Telemetry& telemetry, const Clock& clock)
      : options_(options),
        folder_(std::move(its_folder)),
        log_(log),
        telemetry_(telemetry),
        clock_(clock),
        queue_(options_.max_size),
        writer_({options_, folder_, queue_, log_, telemetry_, clock_, [this] { return close_reader(); }}) {}
  ~State() { queue_.stop(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] Result<void> start() {
    if (const Result<void> opened = writer_.open(); !opened) return opened.error();
    restored_ = writer_.restored();
    writer_.start();
    return {};
  }
  [[nodiscard]] Queue& queue() noexcept { return queue_; }
  [[nodiscard]] Writer& writer() noexcept { return writer_; }
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }
  [[nodiscard]] const std::vector<RestoredTopic>& restored() const noexcept { return restored_; }

  /// Calls `body` with the connection that reads; false where that fails.
  template <class Body>
  [[nodiscard]] bool reading(Body body) {
    const std::lock_guard lock(mutex_);
    try {
      if (!reader_) reader_.emplace(folder_.file(), options_.vfs);
      body(*reader_);
      return true;
    } catch (const Failure& failure) {
      reader_.reset();
      queue_.count_error();
      telemetry_.spool_failed();
      log_.error(cat("spool: reading ", folder_.file(), " failed: ", failure.what()));
      if (failure.damage()) queue_.suspect();
      return false;
    }
  }

  /// The row is left out from now on, and moved away.
  void damaged(RowId row, std::size_t size) {
    if (!queue_.remove({row, Removal::Kind::damaged, {}, size})) return;
    queue_.count_lost(1);
    log_.error(cat("spool: row ", row, " of ", folder_.file(),
                   " fails its checksum: its event is lost; hookferry spool verify shows what is left of it"));
  }

 private:
  [[nodiscard]] std::unique_lock<std::mutex> close_reader() {
    std::unique_lock lock(mutex_);
    reader_.reset();
    return lock;
  }

  const Options options_;
  const Folder folder_;
  Log& log_;
  Telemetry& telemetry_;
  const Clock& clock_;
  Queue queue_;
  std::vector<RestoredTopic> restored_;
  std::mutex mutex_;
  std::optional<ReadConnection> reader_;  // under the mutex
  Writer writer_;                         // ends first: its thread uses the others
};

SqliteSpool::SqliteSpool(std::unique_ptr<State> state) : state_(std::move(state)) {}
SqliteSpool::~SqliteSpool() = default;

Result<std::unique_ptr<SqliteSpool>> SqliteSpool::open(const Options& options, Log& log, Telemetry& telemetry,
                                                       const Clock& clock) {
  Result<Folder> folder = Folder::open(options.path);
  if (!folder) return folder.error();
  auto state = std::make_unique<State>(options, std::move(*folder), log, telemetry, clock);
  if (const Result<void> started = state->start(); !started) return started.error();
  return std::unique_ptr<SqliteSpool>(new SqliteSpool(std::move(state)));
}

void SqliteSpool::set_topics(std::vector<std::string> names) {
  state_->queue().set_topics(std::move(names));
}

void SqliteSpool::attach(RowReports& reports) {
  state_->writer().attach(reports);
}

const std::vector<RestoredTopic>& SqliteSpool::restored() const noexcept {
  return state_->restored();
}

bool SqliteSpool::for_each_event(const std::function<void(const FoundEvent&)>& visit) {
  const auto take = [&](const RowView& row, bool intact, const Queue::View& view) {
    if (view.without.contains(row.id)) return;
    const std::optional<SpooledRow> whole = intact ? spooled_row(row, 0) : std::nullopt;
    if (!whole) return state_->damaged(row.id, row.key.size() + row.value.size() + row.headers.size());
    const bool parked = row.state != static_cast<std::int64_t>(RowState::unsent);
    visit({row.id, whole->key, whole->accepted, whole->kind, parked});
  };
  std::optional<RowId> last = 0;
  while (last) {
    const Queue::View view = state_->queue().view(0, *last);
    if (!view.open) return false;
    const bool done = state_->reading([&](ReadConnection& reader) {
      last = reader.each(*last, view.until, [&](const RowView& row, bool intact) { take(row, intact, view); });
    });
    if (!done) return false;
  }
  return true;
}

void SqliteSpool::retry_parked(std::string topic, Retried retried) {
  state_->queue().retry({std::move(topic), std::move(retried)});
}

bool SqliteSpool::flush(Duration limit) {
  return state_->queue().flush(limit);
}

Health SqliteSpool::health() const {
  return state_->queue().health();
}

Stats SqliteSpool::stats() const {
  return state_->queue().stats();
}

bool SqliteSpool::insert(const Record& record, const RowContext& context, std::uint64_t cookie) noexcept {
  return state_->queue().insert({&record, context, cookie});
}

void SqliteSpool::erase(RowId row) noexcept {
  state_->queue().remove({row, Removal::Kind::erase, {}, 0});
}

void SqliteSpool::park(RowId row, std::string reason) noexcept {
  state_->queue().remove({row, Removal::Kind::park, std::move(reason), 0});
}

std::optional<std::vector<SpooledRow>> SqliteSpool::read(TopicId topic, RowId after, std::size_t max_rows,
                                                         std::size_t max_bytes) {
  const Queue::View view = state_->queue().view(topic, after);
  if (!view.open) return std::nullopt;
  if (view.topic.empty()) return std::vector<SpooledRow>();
  ReadConnection::Found found;
  const bool done = state_->reading([&](ReadConnection& reader) {
    found = reader.read({topic, view.topic, after, view.until, max_rows, max_bytes, &view.without}, state_->clock());
  });
  if (!done) return std::nullopt;
  for (const auto& [row, size] : found.damaged) state_->damaged(row, size);
  return std::move(found.rows);
}

}  // namespace hookferry::spool
