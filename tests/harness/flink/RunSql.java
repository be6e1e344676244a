import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/** Runs the statements of a file in this process, and prints the rows of queries, tabs between the columns. */
public final class RunSql {
  private static final Pattern SET = Pattern.compile("^SET '([^']+)' = '([^']+)'", Pattern.MULTILINE);

  public static void main(String[] arguments) throws Exception {
    TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
    tables.getConfig().set("parallelism.default", "1");
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String statement : Files.readString(Path.of(arguments[0])).split(";\n")) {
      if (statement.lines().allMatch(line -> line.isBlank() || line.startsWith("--"))) continue;
      Matcher set = SET.matcher(statement);
      if (set.find()) { // of the SQL client, which TableEnvironment does not know
        tables.getConfig().set(set.group(1), set.group(2));
        continue;
      }
      TableResult result = tables.executeSql(statement);
      if (result.getResultKind() == ResultKind.SUCCESS_WITH_CONTENT) print(result, out);
    }
  }

  private static void print(TableResult result, PrintStream out) throws Exception {
    try (CloseableIterator<Row> rows = result.collect()) {
      while (rows.hasNext()) {
        Row row = rows.next();
        List<String> columns = new ArrayList<>(List.of(row.getKind().shortString()));
        for (int i = 0; i < row.getArity(); ++i) columns.add(String.valueOf(row.getField(i)));
        out.println(String.join("\t", columns));
      }
    }
  }
}
