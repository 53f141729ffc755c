/*
 * CRC-32C (Castagnoli): guards stored bytes against accidents.
 */
#ifndef MLOPS_CRC32C_H
#define MLOPS_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * CRC-32C of n bytes, reflected, polynomial 0x1EDC6F41, as in RFC 3720.
 * "123456789" gives 0xE3069283.  Cost: O(n).
 */
extern uint32_t mlops_crc32c(const void *bytes, size_t n);

#endif
