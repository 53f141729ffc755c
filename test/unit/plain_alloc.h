/*
 * malloc and free as an allocator of the core.
 */
#ifndef MLOPS_PLAIN_ALLOC_H
#define MLOPS_PLAIN_ALLOC_H

#include "core/memory.h"

extern const MlopsAllocator plain_allocator;

#endif
