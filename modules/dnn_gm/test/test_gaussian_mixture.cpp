// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_population.hpp"
#include "test_gm_head_case.hpp"

namespace opencv_test
{
namespace
{

//! log N(x; mean, variance) of one dimension.
double logNormal(double x, double mean, double variance)
{
    return -0.5 * (std::log(2 * CV_PI * variance) + (x - mean) * (x - mean) / variance);
}

//! In one dimension everything can be worked out by hand: shrinkage does nothing.
TEST(DNN_GM_GaussianMixture, densities_are_those_of_the_two_covariances)
{
    const double values[] = {1, 2, 4, 5, 9, 10, 12, -3, -5};
    const int sizes[] = {2, 2, 3, 2};
    const int N = 9, K = 4;
    Sample sample;
    double within = 0, between = 0, inverses = 0, averages[K];
    for (int k = 0, first = 0; k < K; first += sizes[k++])
    {
        const Mat rows = Mat(sizes[k], 1, CV_64F, (void*)(values + first)).clone();
        sample.add(format("%d", k), rows);
        averages[k] = cv::mean(rows)[0];
        inverses += 1. / sizes[k];
        for (int i = 0; i < sizes[k]; ++i)
            within += std::pow(rows.at<double>(i) - averages[k], 2) / (N - K);
    }
    const double m = cv::mean(Mat(1, K, CV_64F, averages))[0];
    for (int k = 0; k < K; ++k)
        between += std::pow(averages[k] - m, 2) / (K - 1);
    between -= within * inverses / K;

    for (const double relativity : {0., 0.4, 1.})
    {
        const Ptr<GaussianMixture> mixture = GaussianMixture::create();
        mixture->setUnitLength(false);
        mixture->setRelativity(relativity);
        mixture->fit(sample.features, sample.labels);
        double shift = 0;
        for (const double x : {-4., 0., 3.3, 11., 30.})
        {
            double joint[K], density = 0;
            int best = 0;
            for (int k = 0; k < K; ++k)
            {
                const double b = between / within, n = sizes[k];
                const double mean = m + n * b / (1 + n * b) * (averages[k] - m);
                const double variance = within * (1 + b / (1 + n * b));
                joint[k] = std::exp(logNormal(x, mean, variance) -
                                    relativity * logNormal(x, m, within + between)) /
                           K;
                density += joint[k];
                best = joint[k] > joint[best] ? k : best;
            }
            const Verdict v = mixture->predict(Mat(1, 1, CV_64F, Scalar(x)))[0];
            EXPECT_EQ(format("%d", best), v.label) << x;
            EXPECT_NEAR(joint[best] / density, v.confidence, 1e-4) << x;
            // But for a constant.
            if (x == -4)
                shift = v.logDensity - std::log(density);
            EXPECT_NEAR(std::log(density) + shift, v.logDensity,
                        2e-4 * std::max(1., std::abs(shift)))
                << x << " relativity " << relativity;
        }
    }
}

TEST(DNN_GM_GaussianMixture, many_rows_make_the_classifier_of_pooled_covariance)
{
    Population population(6, 5);
    const Sample train = draw(population, 5, 400), test = train;
    const Ptr<GaussianMixture> mixture = GaussianMixture::create();
    mixture->setUnitLength(false);
    mixture->setRelativity(0);
    mixture->fit(train.features, train.labels);
    Mat residuals, averages, covariance;
    for (int k = 0; k < 5; ++k)
    {
        const Mat rows = train.features.rowRange(400 * k, 400 * (k + 1));
        Mat average;
        reduce(rows, average, 0, REDUCE_AVG);
        averages.push_back(average);
        residuals.push_back(Mat(rows - repeat(average, 400, 1)));
    }
    mulTransposed(residuals, covariance, true, noArray(), 1. / (2000 - 5));
    const Mat inverse = covariance.inv();
    const std::vector<Verdict> verdicts = mixture->predict(test.features);
    int different = 0;
    for (int n = 0; n < test.features.rows; ++n)
    {
        std::vector<double> distances;
        for (int k = 0; k < 5; ++k)
            distances.push_back(Mahalanobis(test.features.row(n), averages.row(k), inverse));
        const int best =
            int(std::min_element(distances.begin(), distances.end()) - distances.begin());
        different += best != verdicts[n].classId;
        EXPECT_NEAR(distances[best] * distances[best], verdicts[n].distance,
                    0.05 * std::max(1., distances[best] * distances[best]));
    }
    EXPECT_LE(different, 4);
    EXPECT_EQ(Size(1, 1), mixture->getHead().logVariances.size());
}

//! From 1 to 50 images of each of 40 people, fitted to others.
TEST(DNN_GM_GaussianMixture, one_image_is_enough_to_enrol_and_more_are_better)
{
    Population population(10, 11);
    const Ptr<GaussianMixture> mixture = fittedTo(population, 1);
    std::vector<Mat> people;
    Sample probes;
    for (int i = 0; i < 40; ++i)
    {
        people.push_back(population.person());
        probes.add(format("%d", i), population.images(people[i], 25));
    }
    double before = 0;
    for (const int images : {1, 2, 5, 20, 50})
    {
        mixture->removeAll();
        for (int i = 0; i < 40; ++i)
            mixture->enrol(format("%d", i), population.images(people[i], images));
        const std::vector<Verdict> verdicts = mixture->predict(probes.features);
        double right = 0, sure = 0;
        for (size_t n = 0; n < verdicts.size(); ++n)
        {
            right += verdicts[n].label == probes.labels[n];
            sure += verdicts[n].confidence;
        }
        right /= double(verdicts.size());
        EXPECT_GT(right, 0.8) << images;
        EXPECT_GT(right, before - 0.02) << images;
        // A posterior that is believed as far as it is right.
        EXPECT_NEAR(right, sure / double(verdicts.size()), 0.03) << images;
        before = right;
    }
    EXPECT_GT(before, 0.97);
}

//! log N(x; 0, S) + D/2 log 2 pi.
double logNormal(const Mat& x, const Mat& S)
{
    return -0.5 * (std::log(determinant(S)) + Mat(x * S.inv() * x.t()).at<double>(0));
}

//! Of the joint Gaussian of two rows, whose covariance is that between classes.
TEST(DNN_GM_GaussianMixture, pairs_are_compared_by_the_likelihoods_of_one_class_and_of_two)
{
    const int D = 4, K = 60, n = 3;
    const double a = 0.9, b = 0.7;
    Population population(D, 6);
    const Sample train = draw(population, K, n);
    Mat mean, within = Mat::zeros(D, D, CV_64F), between = within.clone();
    reduce(train.features, mean, 0, REDUCE_AVG);
    for (int k = 0; k < K; ++k)
    {
        const Mat rows = train.features.rowRange(n * k, n * (k + 1));
        Mat average;
        reduce(rows, average, 0, REDUCE_AVG);
        const Mat residuals = rows - repeat(average, n, 1), shift = average - mean;
        within += residuals.t() * residuals / (n * K - K);
        between += shift.t() * shift / (K - 1);
    }
    between -= within / n;
    const Mat I = Mat::eye(D, D, CV_64F);
    within = (1 - a) * within + a * trace(within)[0] / D * I;
    between = (1 - b) * between + b * trace(between)[0] / D * I;
    const Mat one = within + between;
    Mat both(2 * D, 2 * D, CV_64F);
    for (int i = 0; i < 4; ++i)
        (i % 3 == 0 ? one : between).copyTo(both(Rect(i % 2 * D, i / 2 * D, D, D)));

    const Ptr<GaussianMixture> mixture = GaussianMixture::create();
    mixture->setUnitLength(false);
    mixture->setShrinkage(a, b);
    mixture->fit(train.features, train.labels);
    const Mat x = draw(population, 10, 2).features, y = draw(population, 20, 1).features;
    const std::vector<double> ratios = mixture->compare(x, y), exchanged = mixture->compare(y, x);
    mixture->setRelativity(0);
    mixture->setTemperature(3);
    mixture->removeAll();
    const std::vector<double> again = mixture->compare(x, y);
    ASSERT_EQ(20u, ratios.size());
    for (int i = 0; i < 20; ++i)
    {
        Mat joined;
        const Mat first = x.row(i) - mean, second = y.row(i) - mean;
        hconcat(first, second, joined);
        const double expected =
            logNormal(joined, both) - logNormal(first, one) - logNormal(second, one);
        EXPECT_NEAR(expected, ratios[i], 1e-9 * (1 + std::abs(expected)));
        EXPECT_NEAR(ratios[i], exchanged[i], 1e-9 * (1 + std::abs(expected)));
        EXPECT_EQ(ratios[i], again[i]);
    }
}

TEST(DNN_GM_GaussianMixture, a_background_does_not_count_for_pairs)
{
    Population population(6, 9);
    const Sample train = draw(population, 20, 3);
    const Ptr<GaussianMixture> mixture = GaussianMixture::create(), plain = mixture->create();
    mixture->setBackground(2);
    mixture->fit(train.features, train.labels);
    plain->fit(train.features.colRange(0, 4), train.labels);
    const Mat x = train.features.rowRange(0, 9), y = train.features.rowRange(1, 10);
    const std::vector<double> got = mixture->compare(x, y),
                              expected = plain->compare(x.colRange(0, 4), y.colRange(0, 4));
    for (int i = 0; i < 9; ++i)
        EXPECT_NEAR(expected[i], got[i], 1e-9 * (1 + std::abs(expected[i])));
}

//! A class of a thousand rows beside many of a few.
TEST(DNN_GM_GaussianMixture, a_large_class_does_not_draw_the_others)
{
    Population population(6, 4);
    Sample train = draw(population, 150, 4);
    train.add("large", population.images(population.person() * 3, 2000));
    const Ptr<GaussianMixture> mixture = GaussianMixture::create();
    mixture->setUnitLength(false);
    mixture->fit(train.features, train.labels);
    const Ptr<GaussianMixture> balanced = fittedTo(population, 0.95);
    EXPECT_LT(cvtest::norm(mixture->getHead().centre, balanced->getHead().centre, NORM_INF), 0.4);
}

TEST(DNN_GM_GaussianMixture, settings_before_a_fit_are_saved)
{
    const Ptr<GaussianMixture> mixture = GaussianMixture::create();
    mixture->setUnitLength(false);
    mixture->setBackground(3, 2);
    const String file = cv::tempfile(".yml");
    mixture->save(file);
    mixture->save(file); // over the first
    const Ptr<GaussianMixture> loaded = GaussianMixture::load(file);
    std::remove(file.c_str());
    EXPECT_FALSE(loaded->getUnitLength());
    EXPECT_EQ(3, loaded->getBackgroundColumns());
    EXPECT_EQ(2, loaded->getBackgroundWeight());
}

TEST(DNN_GM_GaussianMixture, a_temperature_divides_log_odds)
{
    Population population(4, 9);
    const Sample train = draw(population, 3, 20);
    const Ptr<GaussianMixture> mixture = GaussianMixture::create();
    mixture->fit(train.features, train.labels);
    const std::vector<Verdict> sure = mixture->predict(train.features);
    mixture->setTemperature(4);
    const std::vector<Verdict> lessSure = mixture->predict(train.features);
    for (size_t n = 0; n < sure.size(); ++n)
    {
        EXPECT_EQ(sure[n].label, lessSure[n].label);
        EXPECT_LE(lessSure[n].confidence, sure[n].confidence + 1e-6);
        EXPECT_GE(lessSure[n].confidence, 1.f / 3);
    }
}

//! They neither disturb the others nor stop the fit.
TEST(DNN_GM_GaussianMixture, columns_that_do_not_vary_are_left_out)
{
    Population population(5, 9);
    const Sample train = draw(population, 6, 30);
    Mat wider;
    hconcat(train.features, Mat(train.features.rows, 2, CV_64F, Scalar(7)), wider);
    const Ptr<GaussianMixture> mixture = GaussianMixture::create(), plain = mixture->create();
    mixture->setUnitLength(false);
    plain->setUnitLength(false);
    mixture->fit(wider, train.labels);
    plain->fit(train.features, train.labels);
    EXPECT_EQ(Size(7, 5), mixture->getHead().map.size());
    const std::vector<Verdict> got = mixture->predict(wider),
                               expected = plain->predict(train.features);
    for (size_t n = 0; n < got.size(); ++n)
        EXPECT_NEAR(expected[n].logDensity, got[n].logDensity, 1e-3);
}

TEST(DNN_GM_GaussianMixture, is_the_same_after_saving_and_loading)
{
    Population population(5, 2);
    const Ptr<GaussianMixture> mixture = fittedTo(population, 0.7);
    mixture->enrol("Ada", population.images(population.person(), 3));
    mixture->setFalseRejectRate(0.03f);
    mixture->setFalseAcceptRate(0.3f);
    for (const bool onEnrolled : {false, true})
    {
        const Sample heldOut = draw(population, 3, 40);
        onEnrolled ? mixture->calibrateOnEnrolled()
                   : mixture->calibrate(heldOut.features, heldOut.labels);
        const String file = cv::tempfile(".yml.gz");
        mixture->save(file);
        const Ptr<GaussianMixture> loaded = GaussianMixture::load(file);
        std::remove(file.c_str());
        EXPECT_EQ(mixture->getLabels(), loaded->getLabels());
        EXPECT_EQ(mixture->getRelativity(), loaded->getRelativity());
        EXPECT_EQ(mixture->getFalseRejectRate(), loaded->getFalseRejectRate());
        EXPECT_EQ(mixture->getFalseAcceptRate(), loaded->getFalseAcceptRate());
        EXPECT_FALSE(loaded->getUnitLength());
        const std::vector<Verdict> before = mixture->predict(heldOut.features),
                                   after = loaded->predict(heldOut.features);
        for (size_t n = 0; n < before.size(); ++n)
        {
            EXPECT_EQ(before[n].label, after[n].label);
            EXPECT_EQ(before[n].pValue, after[n].pValue);
            EXPECT_EQ(before[n].logDensity, after[n].logDensity);
            EXPECT_EQ(before[n].accepted, after[n].accepted);
        }
    }
}

TEST(DNN_GM_GaussianMixture, says_what_is_wrong)
{
    const Ptr<GaussianMixture> mixture = GaussianMixture::create();
    const std::vector<String> two{"a", "b"}, same{"a", "a"};
    const Mat x = matrix(2, 3, {1, 2, 3, 4, 5, 6});
    EXPECT_FALSE(mixture->isCalibrated());
    expectError([&] { mixture->predict(x); }, "predict() comes after fit()");
    expectError([&] { mixture->enrol("a", x); }, "enrol() comes after fit()");
    expectError([&] { mixture->compare(x, x); }, "compare() comes after fit()");
    expectError([&] { mixture->fit(x, {"a"}); }, "expected a label for each of 2 rows");
    expectError([&] { mixture->fit(x, two); }, "two different rows");
    expectError([&] { mixture->fit(x, same, 1); }, "at least 2 folds, got 1");
    expectError([&] { mixture->fit(Mat(), two); }, "fit() expected features [N,D]");
    expectError([&] { mixture->fit(Mat(2, 3, CV_8U, Scalar(1)), two); }, "of CV_8U");
    Mat notFinite = x.clone();
    notFinite.at<float>(1, 1) = std::numeric_limits<float>::infinity();
    expectError([&] { mixture->fit(notFinite, same); }, "row 1");
    mixture->fit(x, same);
    expectError([&] { mixture->predict(Mat(2, 4, CV_32F, Scalar(1))); }, "features [N,3]");
    expectError([&] { mixture->compare(x, x.row(0)); }, "as many rows as others, got 2 and 1");
    expectError([&] { mixture->compare(x, x.colRange(0, 2)); },
                "compare() expected features [N,3]");
    expectError([&] { mixture->remove("c"); }, "there is no class c");
    mixture->setBackground(3);
    expectError([&] { mixture->fit(x, same); }, "more than the 3 columns of the background, got 3");
    expectError([&] { mixture->setBackground(-1); }, "at least 0 columns");
    expectError([&] { mixture->setShrinkage(0.5, 2); }, "within [0,1], got 0.5 and 2");
    expectError([&] { mixture->setTemperature(0); }, "must be positive, up to 1e+06, got 0");
    expectError([&] { mixture->setTemperature(1e40); }, "up to 1e+06");
    mixture->setBackground(0);
    expectError([&] { mixture->setRelativity(1.5); }, "within [0,1], got 1.5");
    expectError([&] { mixture->setFalseRejectRate(-1); }, "within [0,1]");
    expectError([&] { mixture->setFalseAcceptRate(0); }, "within (0,1]");
    mixture->removeAll();
    expectError([&] { mixture->predict(x); }, "there are no classes");
    expectError([&] { GaussianMixture::load("no such file.yml"); }, "no such file.yml");
    expectError([&] { mixture->save("no such folder/mixture.yml"); }, "cannot be written");
}

TEST(DNN_GM_GaussianMixture, refuses_files_that_are_not_its_own)
{
    const Ptr<GaussianMixture> mixture = GaussianMixture::create();
    const auto loadOf = [](const String& text)
    {
        const String file = cv::tempfile(".yml");
        std::ofstream(file.c_str()) << text;
        try
        {
            GaussianMixture::load(file);
        }
        catch (const cv::Exception&)
        {
            std::remove(file.c_str());
            throw;
        }
    };
    expectError([&] { loadOf("%YAML:1.0\n---\nother: 1\n"); }, "was not written by save()");
    // At the end of a line, where no brackets tell that the file is cut short.
    const String file = cv::tempfile(".yml");
    mixture->fit(Mat::eye(4, 2, CV_32F), std::vector<String>{"a", "b", "a", "b"});
    mixture->save(file);
    std::ifstream stream(file.c_str());
    const std::string whole((std::istreambuf_iterator<char>(stream)),
                            std::istreambuf_iterator<char>());
    std::remove(file.c_str());
    EXPECT_NO_THROW(loadOf(whole));
    const size_t second = whole.rfind("      -");
    ASSERT_LT(second, whole.size());
    expectError([&] { loadOf(whole.substr(0, second)); }, "class_count");
    expectError([&] { loadOf("%YAML:1.0\n---\ndnn_gm_mixture:\n   version: 1\n"); }, "version 2");
    expectError([&] { loadOf("%YAML:1.0\n---\ndnn_gm_mixture:\n   version: 2\n"); }, "unit_length");
}

} // namespace
} // namespace opencv_test
