#include "cli/run.h"

int main(int argc, char** argv) {
  return hookferry::cli::run(argc, argv);
}
