#include "spool/spool_reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/text.h"
#include "spool/folder.h"
#include "spool/schema.h"
#include "spool/sqlite.h"

namespace hookferry::spool {
namespace {

constexpr std::int64_t slice_rows = 64;

/// A file: URI of it: what has a meaning there is escaped.
std::string uri_of(const std::string& file) {
  std::string uri = "file:";
  for (const char c : file) {
    if (c == '%' || c == '?' || c == '#') {
      uri += '%';
      append_hex(uri, {{static_cast<std::uint8_t>(c)}});
    } else {
      uri += c;
    }
  }
  return uri;
}

void prepare(Connection& connection) {
  connection.run("PRAGMA query_only = ON");
  connection.run("PRAGMA writable_schema = ON");  // a torn file is read as far as it goes
  check_schema(connection);
}

Connection open_connection(const std::string& file, bool owned) {
  try {
    Connection connection(uri_of(file), Connection::Access::read, {});
    prepare(connection);
    return connection;
  } catch (const Failure& failure) {
    // Without the right to write into the folder, SQLite cannot share the file with others: nobody else may be there.
    if (failure.damage() || owned) throw;
    Connection connection(uri_of(file) + "?immutable=1", Connection::Access::read, {});
    prepare(connection);
    return connection;
  }
}

}  // namespace

struct SpoolReader::State {
  State(std::string its_folder, const std::string& file)
      : folder(std::move(its_folder)),
        connection(open_connection(file, owner_of(folder) != 0)),
        columns(present_columns(connection)),
        forward(connection, cat("SELECT ", columns, " FROM rows WHERE id > ?1 ORDER BY id LIMIT ?2")),
        backward(connection, cat("SELECT ", columns, " FROM rows WHERE id < ?1 ORDER BY id DESC LIMIT ?2")) {}

  struct Slice {
    std::vector<StoredEvent> events;
    std::uint64_t damaged = 0;
    std::optional<RowId> last;
  };
  /// One short transaction.
  [[nodiscard]] Slice read(Statement& select, RowId from, RowId stop);

  const std::string folder;
  Connection connection;
  const std::string columns;
  Statement forward;
  Statement backward;
};

SpoolReader::State::Slice SpoolReader::State::read(Statement& select, RowId from, RowId stop) {
  Slice slice;
  const bool rising = &select == &forward;
  RowId before = from;
  const Running running(select);
  select.bind(1, from);
  select.bind(2, slice_rows);
  while (select.step()) {
    const RowView row = view_of(select);
    if (row.id <= stop) break;
    if (rising ? row.id <= before : row.id >= before) throw Failure(SQLITE_CORRUPT, "rows are out of order");
    slice.last = before = row.id;
    std::optional<SpooledRow> whole = intact(select, row) ? spooled_row(row, 0) : std::nullopt;
    if (!whole) {
      ++slice.damaged;
      continue;
    }
    slice.events.push_back({std::string(row.topic), std::move(*whole),
                            row.state == static_cast<std::int64_t>(RowState::parked), std::string(row.reason)});
  }
  return slice;
}

SpoolReader::SpoolReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
SpoolReader::~SpoolReader() = default;
SpoolReader::SpoolReader(SpoolReader&&) noexcept = default;

Result<SpoolReader> SpoolReader::open(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code code;
  const bool is_folder = fs::is_directory(path, code);
  const std::string file = is_folder ? path + "/spool.db" : path;
  if (!fs::exists(file, code)) return error(cat(path, ": there is no spool here (", file, " does not exist)"));
  try {
    return SpoolReader(std::make_unique<State>(is_folder ? path : fs::path(file).parent_path().string(), file));
  } catch (const Failure& failure) {
    return error(cat(file, ": ", failure.what()));
  }
}

int SpoolReader::owner() const {
  return owner_of(state_->folder);
}

Found SpoolReader::for_each(const std::function<void(const StoredEvent&)>& visit) {
  Found found;
  RowId first = 0;
  RowId stop = INT64_MIN;
  Statement* select = &state_->forward;
  const auto go = [&] {
    while (true) {
      const State::Slice slice = state_->read(*select, first, stop);
      if (!slice.last) return;
      first = *slice.last;
      found.damaged += slice.damaged;
      for (const StoredEvent& event : slice.events) visit(event);
    }
  };
  try {
    go();
    return found;
  } catch (const Failure& failure) {
    found.whole = false;
    found.problem = failure.what();
  }
  stop = std::exchange(first, INT64_MAX);
  select = &state_->backward;
  try {
    go();
  } catch (const Failure&) {
    // As far as it can be read.
  }
  return found;
}

Verification SpoolReader::verify() {
  Verification verification;
  try {
    Statement check(state_->connection, "PRAGMA integrity_check(20)");
    while (check.step()) {
      if (check.bytes(0) != "ok") verification.problems.emplace_back(check.bytes(0));
    }
    verification.kept = static_cast<std::uint64_t>(state_->connection.number("SELECT count(*) FROM damaged"));
  } catch (const Failure& failure) {
    verification.problems.emplace_back(failure.what());
  }
  verification.rows = for_each([&](const StoredEvent&) { ++verification.intact; });
  verification.files_aside = files_set_aside(state_->folder);
  return verification;
}

}  // namespace hookferry::spool
