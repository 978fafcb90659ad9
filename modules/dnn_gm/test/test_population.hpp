// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#ifndef OPENCV_DNN_GM_TEST_POPULATION_HPP
#define OPENCV_DNN_GM_TEST_POPULATION_HPP

#include "test_common.hpp"

namespace opencv_test
{

//! People with features x = deviations * (person + 1/2 image) + offset, person and image normal:
//! along each direction the variance between is four times that within.
class Population
{
public:
    Population(int dims, uint64 seed)
        : random(seed), offset(1, dims, CV_64F), map(dims, dims, CV_64F)
    {
        random.fill(offset, RNG::NORMAL, 3, 1);
        // Far from singular: shrinkage changes little.
        random.fill(map, RNG::NORMAL, 0, 0.2);
        map += Mat::eye(dims, dims, CV_64F);
    }

    Mat person() { return normal(1); }

    //! [rows,D] features of images of one.
    Mat images(const Mat& person, int rows)
    {
        return (repeat(person, rows, 1) + 0.5 * normal(rows)) * map + repeat(offset, rows, 1);
    }

private:
    Mat normal(int rows)
    {
        Mat m(rows, offset.cols, CV_64F);
        random.fill(m, RNG::NORMAL, 0, 1);
        return m;
    }

    RNG random;
    Mat offset, map;
};

struct Sample
{
    Mat features;
    std::vector<String> labels;

    void add(const String& label, const Mat& rows)
    {
        features.push_back(rows);
        labels.insert(labels.end(), rows.rows, label);
    }
};

inline Sample draw(Population& population, int people, int images)
{
    Sample sample;
    for (int i = 0; i < people; ++i)
        sample.add(format("person %d", i), population.images(population.person(), images));
    return sample;
}

//! Fitted to the absolute features of others.
inline Ptr<GaussianMixture> fittedTo(Population& population, double relativity)
{
    const Ptr<GaussianMixture> mixture = GaussianMixture::create();
    mixture->setUnitLength(false);
    mixture->setRelativity(relativity);
    const Sample others = draw(population, 200, 5);
    mixture->fit(others.features, others.labels);
    return mixture;
}

inline double shareOf(const std::vector<Verdict>& verdicts,
                      const std::function<bool(const Verdict&)>& is)
{
    return double(std::count_if(verdicts.begin(), verdicts.end(), is)) / double(verdicts.size());
}

inline bool isAccepted(const Verdict& v)
{
    return v.accepted;
}

inline void expectError(const std::function<void()>& call, const String& part)
{
    try
    {
        call();
        ADD_FAILURE() << "expected an error with: " << part;
    }
    catch (const cv::Exception& error)
    {
        EXPECT_NE(String::npos, String(error.err).find(part)) << error.err;
    }
}

} // namespace opencv_test

#endif // OPENCV_DNN_GM_TEST_POPULATION_HPP
