#include "CHelpCPU.h"
