// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_CALIBRATION_TABLE_HPP
#define OPENCV_DNN_GM_CALIBRATION_TABLE_HPP

#include "mixture_math.hpp"

#include <algorithm>
#include <vector>

namespace cv
{
namespace dnn_gm
{

/** @brief The three lines of a table of calibration, one after the other: energies, doubts and
nonconformities, each ascending; the former two higher than the samples' by what rounding may
differ.

@param energies,doubts of n samples, in the same order. Each sample's nonconformity is that of its
ranks among all n, itself among them.
 */
inline std::vector<float> calibrationTable(const std::vector<float>& energies,
                                           const std::vector<float>& doubts)
{
    const int n = int(energies.size());
    std::vector<float> table(energies);
    table.insert(table.end(), doubts.begin(), doubts.end());
    std::sort(table.begin(), table.begin() + n);
    std::sort(table.begin() + n, table.end());
    std::vector<float> nonconformities;
    const float all = float(1 + n);
    for (int i = 0; i < n; ++i)
        nonconformities.push_back(
            nonconformity(all / float(countAtLeast(table.data(), n, energies[i])),
                          all / float(countAtLeast(table.data() + n, n, doubts[i]))));
    std::sort(nonconformities.begin(), nonconformities.end());
    table.insert(table.end(), nonconformities.begin(), nonconformities.end());
    // What equals a sample counts as equal whoever worked it out: a network with dead units gives
    // one feature for many images, and by a last bit less all of those would rank before it. Higher
    // samples never refuse more.
    for (int i = 0; i < 2 * n; ++i)
        table[i] = std::min(table[i] + 2e-6f * (1 + std::abs(table[i])), FLT_MAX);
    return table;
}

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_CALIBRATION_TABLE_HPP
