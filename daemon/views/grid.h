/* grid: the earth in squares of 0.01 degrees (1.1 km), for finding what lies near. */
#ifndef SIAGA_VIEWS_GRID_H
#define SIAGA_VIEWS_GRID_H

#include <stdint.h>

#define GRID_STEP_E7 100000

/* Row of a latitude, column of a longitude; 1e-7 degree. */
static inline uint16_t grid_row(int32_t lat_e7)
{
    return (uint16_t)((lat_e7 + 900000000ll) / GRID_STEP_E7);
}

static inline uint16_t grid_column(int32_t lon_e7)
{
    return (uint16_t)((lon_e7 + 1800000000ll) / GRID_STEP_E7);
}

static inline int32_t grid_e7(double degree)
{
    return (int32_t)(degree * 1e7 + (degree < 0 ? -0.5 : 0.5));
}

#endif
