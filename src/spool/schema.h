// The tables of the spool's file, of this version and of those before and after it.
#pragma once

#include <cstdint>
#include <string>

#include "spool/row.h"
#include "spool/sqlite.h"

namespace hookferry::spool {

/// Goes up when a column or table is added. None is ever renamed, removed or given another meaning: a file of a later
/// version is used as it is, without what this one does not know; an earlier one gets what it has not. A later
/// version's columns have defaults, and a checksum of their own: `rows.checksum` is of the columns of version 1.
inline constexpr int schema_version = 1;
inline constexpr std::int64_t application_id = 0x484b4652;  // "HKFR"

/// All columns of a row but its checksum, in the order that `view_of` reads; the checksum follows.
inline constexpr std::string_view row_columns =
    "id, topic, key, value, headers, event, conflict, accepted, kind, state, reason, checksum";

/// Makes what is not there. Throws a Failure of damage where the file is another program's.
void prepare_schema(Connection& connection);
/// Throws a Failure of damage where the file is no spool. For readers, that make nothing.
void check_schema(Connection& connection);

/// `row_columns` of a file of any version, for readers: what an earlier one has not is as by default.
[[nodiscard]] std::string present_columns(Connection& connection);

/// The current row of a statement that selects `row_columns`; until its next step.
[[nodiscard]] RowView view_of(const Statement& statement) noexcept;
/// Whether it is as it was written.
[[nodiscard]] bool intact(const Statement& statement, const RowView& row) noexcept;

}  // namespace hookferry::spool
