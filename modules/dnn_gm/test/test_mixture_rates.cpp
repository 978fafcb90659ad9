// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"
#include "test_population.hpp"

namespace opencv_test
{
namespace
{

TEST(DNN_GM_GaussianMixture, known_people_are_refused_as_often_as_is_said)
{
    Population population(10, 3);
    const Ptr<GaussianMixture> mixture = fittedTo(population, 1);
    mixture->removeAll();
    std::vector<Mat> people;
    Sample heldOut, fresh;
    for (int i = 0; i < 50; ++i)
    {
        people.push_back(population.person());
        mixture->enrol(format("%d", i), population.images(people[i], 4));
        heldOut.add(format("%d", i), population.images(people[i], 20));
        fresh.add(format("%d", i), population.images(people[i], 40));
    }
    EXPECT_FALSE(mixture->isCalibrated());
    EXPECT_EQ(1, mixture->predict(fresh.features.row(0))[0].pValue);
    mixture->setFalseRejectRate(0.1f);

    mixture->calibrate(heldOut.features, heldOut.labels);
    EXPECT_TRUE(mixture->isCalibrated());
    EXPECT_NEAR(0.9, shareOf(mixture->predict(fresh.features), isAccepted), 0.03);
    // By three images a person is known less well than by four: on the careful side.
    mixture->calibrateOnEnrolled();
    EXPECT_TRUE(mixture->isCalibrated());
    EXPECT_NEAR(0.92, shareOf(mixture->predict(fresh.features), isAccepted), 0.05);

    // Rows of a class that is removed do not count.
    mixture->calibrate(heldOut.features, heldOut.labels);
    EXPECT_EQ(1000, mixture->getHead().calibration.size[2]);
    mixture->remove("7");
    EXPECT_EQ(980, mixture->getHead().calibration.size[2]);
    EXPECT_EQ(49u, mixture->getLabels().size());
}

//! The covariances follow from the same few images as the classes.
TEST(DNN_GM_GaussianMixture, few_images_calibrate_what_they_are_fitted_to)
{
    double accepted = 0;
    const int times = 20;
    for (int i = 0; i < times; ++i)
    {
        Population population(12, 20 + i);
        const Ptr<GaussianMixture> mixture = GaussianMixture::create();
        mixture->setUnitLength(false);
        mixture->setFalseRejectRate(0.1f);
        Sample few, fresh;
        for (int k = 0; k < 12; ++k)
        {
            const Mat person = population.person();
            few.add(format("%d", k), population.images(person, 5));
            fresh.add(format("%d", k), population.images(person, 20));
        }
        few.add("alone", population.images(population.person(), 1));
        mixture->fit(few.features, few.labels, 5);
        EXPECT_EQ(60, mixture->getHead().calibration.size[2]); // but for the one that is alone
        accepted += shareOf(mixture->predict(fresh.features), isAccepted) / times;
    }
    EXPECT_GT(accepted, 0.89);
    EXPECT_LT(accepted, 0.95);
}

//! Each row of a class in another part than the class's other rows, in whatever order they come.
TEST(DNN_GM_GaussianMixture, folds_divide_every_class)
{
    Population population(4, 5);
    for (const bool interleaved : {false, true})
    {
        Sample two;
        std::vector<Mat> people;
        for (int k = 0; k < 6; ++k)
            people.push_back(population.person());
        for (int i = 0; i < 12; ++i)
        {
            const int k = interleaved ? i % 6 : i / 2;
            two.add(format("%d", k), population.images(people[k], 1));
        }
        const Ptr<GaussianMixture> mixture = GaussianMixture::create();
        mixture->fit(two.features, two.labels, 4);
        EXPECT_EQ(12, mixture->getHead().calibration.size[2]);
        mixture->removeAll();
        EXPECT_FALSE(mixture->isCalibrated());
    }
}

TEST(DNN_GM_GaussianMixture, the_least_rate_of_strangers_can_be_asked_for)
{
    Population population(10, 4);
    const Ptr<GaussianMixture> mixture = fittedTo(population, 1);
    mixture->setFalseRejectRate(0);
    mixture->setFalseAcceptRate(0.01f);
    EXPECT_THROW(mixture->predict(population.images(population.person(), 1)), cv::Exception);
    mixture->removeAll();
    Mat probes;
    for (int i = 0; i < 99; ++i)
    {
        const Mat person = population.person();
        mixture->enrol(format("%d", i), population.images(person, 2));
        probes.push_back(population.images(person, 2));
    }
    EXPECT_GT(shareOf(mixture->predict(probes), isAccepted), 0.1);
    mixture->setFalseAcceptRate(0.0099f);
    EXPECT_EQ(0, shareOf(mixture->predict(probes), isAccepted));
    EXPECT_TRUE(mixture->predict(Mat(0, 10, CV_32F)).empty());
}

TEST(DNN_GM_GaussianMixture, what_is_far_from_everything_is_refused_and_not_learnt)
{
    Population population(4, 4);
    const Ptr<GaussianMixture> mixture = fittedTo(population, 0.5);
    Sample heldOut = draw(population, 1, 30);
    for (String& label : heldOut.labels)
        label = "person 0";
    mixture->calibrate(heldOut.features, heldOut.labels);
    mixture->setFalseRejectRate(0.1f);
    heldOut.features.row(3).setTo(1e200);
    EXPECT_FALSE(mixture->predict(heldOut.features)[3].accepted);
    expectError([&] { mixture->calibrate(heldOut.features, heldOut.labels); }, "row 3 is too far");
    expectError([&] { mixture->enrol("far", heldOut.features.row(3)); }, "row 0 is too far");
    EXPECT_NO_THROW(mixture->predict(heldOut.features));
}

TEST(DNN_GM_GaussianMixture, strangers_are_accepted_as_often_as_is_said)
{
    Population population(10, 4);
    const Ptr<GaussianMixture> mixture = fittedTo(population, 1);
    mixture->removeAll();
    Sample probes;
    for (int i = 0; i < 300; ++i)
    {
        const Mat person = population.person();
        mixture->enrol(format("%d", i), population.images(person, 1 + i % 3));
        probes.add(format("%d", i), population.images(person, 3));
    }
    Mat strangers;
    for (int i = 0; i < 3000; ++i)
        strangers.push_back(population.images(population.person(), 1));
    mixture->setFalseRejectRate(0);
    for (const float rate : {0.05f, 0.2f})
    {
        mixture->setFalseAcceptRate(rate);
        EXPECT_NEAR(rate, shareOf(mixture->predict(strangers), isAccepted), 0.03);
        EXPECT_GT(shareOf(mixture->predict(probes.features), isAccepted), 0.3);
    }
    // 300 people show no rate below 1 / 301.
    mixture->setFalseAcceptRate(0.003f);
    EXPECT_EQ(0, shareOf(mixture->predict(probes.features), isAccepted));
    Mat nonsense(1, 10, CV_32F, Scalar(1));
    nonsense.at<float>(3) = std::numeric_limits<float>::quiet_NaN();
    mixture->setFalseAcceptRate(0.2f);
    EXPECT_FALSE(mixture->predict(nonsense)[0].accepted);
    EXPECT_EQ(0, mixture->predict(nonsense)[0].pValue);
}

//! Columns that all classes have in common.
TEST(DNN_GM_GaussianMixture, a_background_tells_the_strange_but_not_the_class)
{
    Population population(6, 9), common(4, 10);
    const Mat nobody = common.person();
    const auto with = [&](const Mat& own, double shift)
    {
        Mat rows;
        hconcat(own, common.images(nobody, own.rows) + shift, rows);
        return rows;
    };
    Sample train = draw(population, 8, 60), without = train;
    train.features = with(train.features, 0);
    const Ptr<GaussianMixture> mixture = GaussianMixture::create(), plain = mixture->create();
    mixture->setBackground(4, 6);
    mixture->fit(train.features, train.labels, 5);
    plain->fit(without.features, without.labels, 5);
    const std::vector<Verdict> usual = mixture->predict(train.features),
                               strange = mixture->predict(with(without.features, 3)),
                               expected = plain->predict(without.features);
    for (size_t n = 0; n < usual.size(); ++n)
    {
        EXPECT_EQ(expected[n].label, usual[n].label);
        EXPECT_NEAR(expected[n].confidence, usual[n].confidence, 1e-4);
        EXPECT_EQ(expected[n].label, strange[n].label);
    }
    EXPECT_GT(shareOf(usual, isAccepted), 0.95);
    EXPECT_LT(shareOf(strange, isAccepted), 0.05);
}

} // namespace
} // namespace opencv_test
