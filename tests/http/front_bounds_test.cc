#include "tests/http/support.h"
