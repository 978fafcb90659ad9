// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_STRANGENESS_HPP
#define OPENCV_DNN_GM_STRANGENESS_HPP

#include "class_gaussians.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <vector>

namespace cv
{
namespace dnn_gm
{

//! What GMHead ranks, large for what is strange: energy and doubt, one of each for every row.
struct Strangeness
{
    std::vector<float> energies, doubts;
};

//! What is to be judged: rows of which class, or of none of those that are known.
struct JudgedRows
{
    Mat z;                     //!< [N,D] CV_64F
    std::vector<int> ownClass; //!< [N]; may be empty
};

//! What is no float32 number is as strange as can be.
inline float finite(double value)
{
    return value < FLT_MAX ? float(std::max(value, double(-FLT_MAX))) : FLT_MAX;
}

/** @brief Energy and doubt of each row, as the specification of the operator defines them.

@param ownScore called as ownScore(n, k) for the score of row n under its own class k instead of
that of `classes`; -DBL_MAX leaves the class out. Not called if rows.ownClass is empty
 */
template <typename OwnScore>
Strangeness strangeness(const ClassGaussians& classes, const JudgedRows& rows,
                        const OwnScore& ownScore)
{
    const int N = rows.z.rows, K = classes.classes();
    const double base = *std::max_element(classes.offsets.begin(), classes.offsets.end());
    Strangeness found;
    found.energies.resize(N);
    found.doubts.resize(N);
    parallel_for_(
        Range(0, N),
        [&](const Range& range)
        {
            std::vector<double> scores(K);
            for (int n = range.start; n < range.end; ++n)
            {
                for (int k = 0; k < K; ++k)
                    scores[k] = classes.score(rows.z.ptr<double>(n), k);
                if (!rows.ownClass.empty())
                    scores[rows.ownClass[n]] = ownScore(n, rows.ownClass[n]);
                // The winner apart, whose posterior may round to 1.
                std::iter_swap(scores.begin(), std::max_element(scores.begin(), scores.end()));
                double second = -DBL_MAX, others = 0;
                for (int k = 1; k < K; ++k)
                    second = std::max(second, scores[k]);
                for (int k = 1; k < K && second > -DBL_MAX; ++k)
                    others += std::exp(scores[k] - second);
                const double odds = others > 0 ? second - scores[0] + std::log(others) : -FLT_MAX;
                const double density = scores[0] + std::log1p(std::exp(odds));
                found.energies[n] = finite(-2 * (density - base));
                found.doubts[n] = finite(odds);
            }
        });
    return found;
}

inline Strangeness strangeness(const ClassGaussians& classes, const JudgedRows& rows)
{
    return strangeness(classes, rows, [](int, int) { return 0.; });
}

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_STRANGENESS_HPP
