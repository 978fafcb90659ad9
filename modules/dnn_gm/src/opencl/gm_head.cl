// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// GMHead in two launches; mixture_math.hpp has the formulas. Features and outputs are float or, with
// -DHALF, half; everything between is float.

#ifdef HALF
#define ELEMENT half
#define READ(values, i) vload_half(i, values)
#define WRITE(values, i, value) vstore_half(clamp(value, -65504.f, 65504.f), i, values)
#else
#define ELEMENT float
#define READ(values, i) values[i]
#define WRITE(values, i, value) values[i] = value
#endif

#define TILE 16
#define ROW_THREADS 64

// What is not a float number, because x is not or because it is too large, becomes FLT_MAX.
inline float saturated(float distance)
{
    return distance < FLT_MAX ? distance : FLT_MAX;
}

// log p(x,k) - base for every row and class; work groups of 16 classes by 16 rows.
__kernel void joint(__global const ELEMENT* features, int N, int K, int D,
                    __global const float* means, __global const float* scales, int scaleStride,
                    __global const float* offsets, __global float* logJoint)
{
    __local float xs[TILE][TILE + 1], ms[TILE][TILE + 1], ss[TILE][TILE + 1];
    const int column = get_local_id(0), row = get_local_id(1);
    const int k = get_global_id(0), n = get_global_id(1);
    const int loaded = k - column + row; // the class whose coordinates this work item loads
    float sum = 0;
    for (int first = 0; first < D; first += TILE)
    {
        const int d = first + column;
        const bool inRow = n < N && d < D, inClass = loaded < K && d < D;
        xs[row][column] = inRow ? READ(features, (size_t)n * D + d) : 0;
        ms[row][column] = inClass ? means[(size_t)loaded * D + d] : 0;
#ifdef DIAGONAL
        ss[row][column] = inClass ? scales[(size_t)loaded * scaleStride + d] : 0;
#endif
        barrier(CLK_LOCAL_MEM_FENCE);
        float partial = 0;
        for (int c = 0; c < TILE; ++c)
        {
            float z = xs[row][c] - ms[column][c];
#ifdef DIAGONAL
            z *= ss[column][c];
#endif
            partial += z * z;
        }
        sum += partial;
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (n < N && k < K)
    {
#ifndef DIAGONAL
        const float scale = scales[k * scaleStride];
        sum = sum * scale * scale;
#endif
        logJoint[(size_t)n * K + k] = offsets[k] - saturated(sum) / 2;
    }
}

// Adds up a value of each of the 64 work items; all of them receive the sum.
inline float groupSum(float value, __local float* slots)
{
    const int thread = get_local_id(0);
    slots[thread] = value;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int half_ = ROW_THREADS / 2; half_ > 0; half_ /= 2)
    {
        if (thread < half_)
            slots[thread] += slots[thread + half_];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    const float sum = slots[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return sum;
}

inline int countAtLeast(__global const float* ascending, int count, float value)
{
    int below = 0, end = count;
    while (below < end)
    {
        const int middle = below + (end - below) / 2;
        if (ascending[middle] < value)
            below = middle + 1;
        else
            end = middle;
    }
    return count - below;
}

inline float pValue(float distance, float energy, float doubt, __global const float* table,
                    int lines, int stride, int count)
{
    if (!(distance < FLT_MAX))
        return 0;
    const float all = (float)(1 + count);
    int stranger = 0;
    if (lines == 1)
        stranger = countAtLeast(table, count, distance);
    else if (lines == 3)
    {
        const float rarity = all / (float)(1 + countAtLeast(table, count, energy));
        const float doubtRarity = all / (float)(1 + countAtLeast(table + stride, count, doubt));
        const float score = rarity * rarity * sqrt(rarity) + doubtRarity * doubtRarity;
        stranger = countAtLeast(table + 2 * (size_t)stride, count, score * (1 - 1e-6f));
    }
    return (float)(1 + stranger) / all;
}

// Posteriors and scores of a row; a work group of 64 for each. `logJoint` may be the memory of prob.
__kernel void finish(__global const ELEMENT* features, int K, int D, __global const float* means,
                     __global const float* scales, int scaleStride,
                     __global const float* logNormalisers, float base,
                     __global const float* calibration, __global const int* calibrationCounts,
                     int calibrationRows, int lines, int Q, __global const float* logJoint,
                     __global ELEMENT* prob, __global ELEMENT* logLikelihood,
                     __global ELEMENT* logDensity, __global ELEMENT* distances,
                     __global ELEMENT* pValues, __global ELEMENT* classes)
{
    __local float slots[ROW_THREADS], seconds[ROW_THREADS];
    __local int ats[ROW_THREADS];
    const int thread = get_local_id(0), n = get_group_id(0);
    __global const float* values = logJoint + (size_t)n * K;

    // The largest, and of equals the first; and the largest of the others.
    float largest = -INFINITY, second = -FLT_MAX;
    int at = K;
    for (int k = thread; k < K; k += ROW_THREADS)
        if (values[k] > largest)
        {
            second = max(second, largest);
            largest = values[k];
            at = k;
        }
        else
            second = max(second, values[k]);
    slots[thread] = largest;
    seconds[thread] = second;
    ats[thread] = at;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int half_ = ROW_THREADS / 2; half_ > 0; half_ /= 2)
    {
        if (thread < half_)
        {
            const float other = slots[thread + half_];
            const int otherAt = ats[thread + half_];
            seconds[thread] = max(max(seconds[thread], seconds[thread + half_]),
                                  min(slots[thread], other));
            if (other > slots[thread] || (other == slots[thread] && otherAt < ats[thread]))
            {
                slots[thread] = other;
                ats[thread] = otherAt;
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    largest = slots[0];
    second = seconds[0];
    const int c = ats[0];
    barrier(CLK_LOCAL_MEM_FENCE);

    // The others relative to their own largest: they may be far below what can be added to 1.
    float others = 0;
    for (int k = thread; k < K; k += ROW_THREADS)
        if (k != c)
            others += exp(values[k] - second);
    others = groupSum(others, slots);
    const float sum = 1 + others * exp(second - largest);
    for (int k = thread; k < K; k += ROW_THREADS)
        WRITE(prob, (size_t)n * K + k, exp(values[k] - largest) / sum);

    float distance = 0;
    for (int d = thread; d < D; d += ROW_THREADS)
    {
        float z = READ(features, (size_t)n * D + d) - means[(size_t)c * D + d];
#ifdef DIAGONAL
        z *= scales[(size_t)c * scaleStride + d];
#endif
        distance += z * z;
    }
    distance = groupSum(distance, slots);
#ifndef DIAGONAL
    const float scale = scales[c * scaleStride];
    distance = distance * scale * scale;
#endif
    distance = saturated(distance);
    if (thread > 0)
        return;

    const int from = calibrationRows == 1 ? 0 : c;
    const int count = calibrationRows == 0 ? 0 : calibrationCounts[from];
    __global const float* table = calibration + (size_t)from * lines * Q;
    const float logSum = largest + log(sum);
    const float doubt = others > 0 ? second - largest + log(others) : -FLT_MAX;
    WRITE(logLikelihood, n, logNormalisers[c] - distance / 2);
    WRITE(logDensity, n, base + logSum);
    WRITE(distances, n, distance);
    WRITE(pValues, n,
          pValue(distance, -2 * logSum, doubt, table, lines, Q, count));
    WRITE(classes, n, (float)c);
}
