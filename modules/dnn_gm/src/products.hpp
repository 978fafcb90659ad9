// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_PRODUCTS_HPP
#define OPENCV_DNN_GM_PRODUCTS_HPP

#include "opencv2/core.hpp"

namespace cv
{
namespace dnn_gm
{

struct MixtureParameters;

/** @brief What log p(x,k) is as a product, to be worked out again where it counts.

With c the middle of the means, x' = x - c, mu'_k = mu_k - c and P_k the inverse of Lambda_k,

    log p(x,k) - base = offset_k - d_k / 2
                      = (offset_k - mu'_k.P_k mu'_k / 2) + x'.P_k mu'_k - x'.P_k x' / 2

is a product of [x', x'^2], or [x', |x'|^2] where P_k is one number a class, with numbers of the
class.
 */
struct Expansion
{
    explicit Expansion(const MixtureParameters& parameters);

    std::vector<float> centre;           //!< [D]: c
    std::vector<float> constants;        //!< [K]: the part without x
    float largestNorm, largestPrecision; //!< of mu'_k.P_k mu'_k and of P_k, over k
};

/** @brief The product of Expansion on the CPU.

The numbers of the classes are kept as panels of 48 classes, as they are read: for each class the
constant, then one row for each term. Features are kept as tiles of 8 rows by 16 terms.
 */
class JointProducts
{
public:
    explicit JointProducts(const MixtureParameters& parameters);

    //! False for so few classes that direct distances are as fast: nothing else may be called then.
    bool arePossible() const { return !panels.empty(); }
    int panelCount() const { return (classes - 1) / panelClasses + 1; }
    //! float32 numbers for the packed features of some rows
    size_t packedSize(int rows) const;

    /** @brief Packs some rows of x [N,D].

    @param packed packedSize(N) numbers, of which those of these rows are written
    @param squares [N]: |x'|^2 of these rows
     */
    void pack(const float* x, const Range& rows, float* packed, float* squares) const;

    /** @brief log p(x,k) - base for the classes of a panel, by one thread.

    @param rows of the batch; starts at a multiple of tileRows, of at most taskRows
    @param out [N,K], of which the panel's columns are written
     */
    void multiply(const float* packed, const Range& rows, int panel, float* out) const;

    /** @brief How far log p(x,k) - base may be from the truth for classes that count.

    @param second the second largest of these values
    @param square |x'|^2
    @returns FLT_MAX where float32 does not hold the terms
     */
    float error(float second, float square) const;

    enum
    {
        panelClasses = 48,
        panelStep = 16, // the classes of the last panel are filled up to a multiple of it
        tileRows = 8,
        tileDepth = 16,
        taskRows = 64,
        // Terms that are summed at a time: so much of a panel stays in the first-level cache, and
        // the sums' rounding does not grow with the number of terms.
        blockDepth = 176
    };

private:
    int classes, dims, depth;
    bool diagonal;
    std::vector<float> centre;
    Mat panels;
    float largestNorm, largestPrecision; //!< as Expansion has them
};

//! The classes but the most likely one, relative to the second.
struct Runners
{
    float second; //!< the second largest value
    float sum;    //!< of exp(value - second) over all but the largest
};

//! Turns values into exp(value - second), and into 1 those above the second; K > 1.
Runners exponentiate(float* row, int K);

/** @brief The first of those that are at least `threshold`.

@param indices [K], of which as many are written as are returned
 */
int findAtLeast(const float* row, int K, float threshold, int* indices);

} // namespace dnn_gm
} // namespace cv

#endif // OPENCV_DNN_GM_PRODUCTS_HPP
