// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "test_precomp.hpp"

namespace opencv_test
{
namespace
{

//! Clean pictures whose scores are uniform, ranked among as many that calibrate, in tables of their
//! own for some classes.
class Ranked
{
public:
    Ranked(int samples, int classes, uint64 seed) : random(seed), tables(classes)
    {
        for (std::vector<double>& table : tables)
        {
            for (int i = 0; i < samples; ++i)
                table.push_back(random.uniform(0., 1.));
            std::sort(table.begin(), table.end());
        }
    }

    double pValue(int classId, double score) const
    {
        const std::vector<double>& table = tables[classId];
        const size_t stranger = table.end() - std::lower_bound(table.begin(), table.end(), score);
        return float(1 + stranger) / float(1 + table.size());
    }

    double cleanPValue(int classId) { return pValue(classId, random.uniform(0., 1.)); }

    RNG random;

private:
    std::vector<std::vector<double>> tables;
};

TEST(DNN_GM_StreamAlarm, strange_pictures_ring_and_clean_ones_before_them_do_not)
{
    for (const int classes : {1, 3})
    {
        Ranked ranked(1000, classes, 1);
        const Ptr<StreamAlarm> alarm = StreamAlarm::create(1e-6, std::vector<int>(classes, 1000));
        EXPECT_EQ(0, alarm->getLevel());
        EXPECT_EQ(1e-6, alarm->getFalseAlarmRate());
        for (int i = 0; i < 5000; ++i)
        {
            ASSERT_FALSE(alarm->update(ranked.cleanPValue(i % classes), i % classes));
            ASSERT_LT(alarm->getLevel(), 1);
        }
        int strange = 0;
        bool rings = false;
        for (; !rings && strange < 100; ++strange)
            rings = alarm->update(1. / 1001, strange % classes);
        EXPECT_TRUE(rings);
        EXPECT_GE(alarm->getLevel(), 1);
        EXPECT_LT(strange, 12);
    }
}

// Half precision has 1049 / 2^20 for 1 / 1000.
TEST(DNN_GM_StreamAlarm, rounding_up_makes_the_smallest_p_value_no_larger)
{
    const Ptr<StreamAlarm> alarm = StreamAlarm::create(1e-6, std::vector<int>(1, 999));
    const auto levelAfter = [&](double pValue)
    {
        alarm->reset();
        alarm->update(pValue);
        return alarm->getLevel();
    };
    EXPECT_EQ(levelAfter(1. / 1000), levelAfter(1049. / (1 << 20)));
    EXPECT_LT(levelAfter(2. / 1000), levelAfter(1. / 1000));
}

TEST(DNN_GM_StreamAlarm, a_larger_share_of_small_p_values_rings_and_no_smaller_one_does)
{
    Ranked ranked(5000, 1, 2);
    int last = 0;
    for (const double share : {1., 0.3, 0.1})
    {
        const Ptr<StreamAlarm> alarm = StreamAlarm::create(1e-6, std::vector<int>(1, 5000));
        int pictures = 1;
        while (pictures < 10000 &&
               !alarm->update(ranked.random.uniform(0., 1.) < share ? ranked.pValue(0, 0.999)
                                                                    : ranked.cleanPValue(0)))
            ++pictures;
        EXPECT_GT(pictures, last);
        EXPECT_LT(pictures, 1000);
        last = pictures;
    }
}

//! Each stream has a calibration of its own, which is all that makes its p-values not uniform. Bets
//! that take them to be ring several times as often.
TEST(DNN_GM_StreamAlarm, clean_streams_ring_no_more_often_than_is_said)
{
    const double rate = 1e-4;
    const int streams = 100, pictures = 5000;
    for (const int classes : {1, 5})
    {
        int alarms = 0;
        for (int i = 0; i < streams; ++i)
        {
            Ranked ranked(100, classes, 10 + i);
            const Ptr<StreamAlarm> alarm =
                StreamAlarm::create(rate, std::vector<int>(classes, 100));
            for (int n = 0; n < pictures; ++n)
                alarms += alarm->update(ranked.cleanPValue(n % classes), n % classes);
        }
        EXPECT_LE(alarms, streams * pictures * rate);
    }
}

TEST(DNN_GM_StreamAlarm, begins_anew_when_it_has_rung_or_is_told_to)
{
    const Ptr<StreamAlarm> alarm = StreamAlarm::create(1e-3, std::vector<int>(1, 100));
    alarm->update(0.01);
    const double first = alarm->getLevel();
    for (int i = 0; i < 3; ++i)
        alarm->update(0.5);
    EXPECT_NE(first, alarm->getLevel());
    alarm->reset();
    EXPECT_EQ(0, alarm->getLevel());
    while (!alarm->update(0.01))
        ;
    EXPECT_GE(alarm->getLevel(), 1);
    EXPECT_FALSE(alarm->update(0.01));
    EXPECT_EQ(first, alarm->getLevel());
}

TEST(DNN_GM_StreamAlarm, smaller_p_values_count_for_no_less)
{
    for (const int samples : {1, 2, 19, 500})
    {
        const Ptr<StreamAlarm> alarm = StreamAlarm::create(1e-3, std::vector<int>(1, samples));
        double before = std::numeric_limits<double>::infinity();
        for (int rank = 0; rank <= samples + 1; ++rank)
        {
            alarm->reset();
            alarm->update(rank / (samples + 1.));
            const double level = alarm->getLevel();
            EXPECT_LE(level, before);
            EXPECT_GT(level, 0);
            before = level;
            // A verdict's are rounded.
            alarm->reset();
            alarm->update(float(rank / (samples + 1.)));
            EXPECT_EQ(level, alarm->getLevel());
        }
    }
}

TEST(DNN_GM_StreamAlarm, classes_are_ranked_in_tables_of_their_own)
{
    const std::vector<int> counts = {10, 0, 1000};
    const Ptr<StreamAlarm> alarm = StreamAlarm::create(1e-3, counts);
    std::vector<double> levels;
    for (int k = 0; k < 3; ++k)
    {
        alarm->reset();
        alarm->update(1. / (1 + counts[k]), k);
        levels.push_back(alarm->getLevel());
    }
    EXPECT_GT(levels[2], levels[0]);
    EXPECT_GT(levels[0], levels[1]);
    EXPECT_NEAR(1e-3, levels[1], 1e-12); // without samples nothing is won or lost

    // One table is that of all classes.
    const Ptr<StreamAlarm> shared = StreamAlarm::create(1e-3, std::vector<int>(1, 10));
    shared->update(0.5, 7);
    EXPECT_GT(shared->getLevel(), 0);
}

TEST(DNN_GM_StreamAlarm, what_is_wrong_is_named_and_does_not_count)
{
    const Ptr<StreamAlarm> alarm = StreamAlarm::create(1e-3, std::vector<int>(2, 50));
    alarm->update(0.3, 1);
    const double level = alarm->getLevel();
    for (const double wrong : {-0.01, 1.01, std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity()})
        EXPECT_TRUE(refuses([&]() { alarm->update(wrong); },
                            "StreamAlarm: a p-value must be within [0,1], got "));
    for (const int wrong : {-1, 2})
        EXPECT_TRUE(refuses([&]() { alarm->update(0.5, wrong); },
                            format("StreamAlarm: the class must be within 0 to 1, got %d", wrong)));
    EXPECT_EQ(level, alarm->getLevel());

    for (const double wrong : {0., 1., -1., std::numeric_limits<double>::quiet_NaN()})
        EXPECT_TRUE(refuses([&]() { StreamAlarm::create(wrong, std::vector<int>(1, 50)); },
                            "StreamAlarm: the false-alarm rate must be within (0,1), got "));
    EXPECT_TRUE(refuses([&]() { StreamAlarm::create(0.1, std::vector<int>(2, -1)); },
                        "a count of calibration samples must be from 0 on, got -1"));
    for (const std::vector<int>& none : {std::vector<int>(), std::vector<int>(3, 0)})
        EXPECT_TRUE(refuses([&]() { StreamAlarm::create(0.1, none); },
                            "StreamAlarm: there are no calibration samples"));
}

} // namespace
} // namespace opencv_test
