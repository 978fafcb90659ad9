// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

//! Share of calibrations that may break the promise, all tables of one together.
const double brokenCalibrations = 0.05;

//! A bet is the mean of so many, of which number j is made for p-values whose distribution function
//! is p^(j / (number + 1)).
const int betCount = 9;
typedef Vec<double, betCount> Bets;

void refuse(const String& complaint)
{
    CV_Error(Error::StsOutOfRange, "StreamAlarm: " + complaint);
}

//! Kullback-Leibler divergence of the share b from the share a < 1.
double divergence(double a, double b)
{
    return (a > 0 ? a * std::log(a / b) : 0) + (1 - a) * std::log((1 - a) / (1 - b));
}

/** @brief The share of clean pictures that at most have a p-value of `rank` / (1 + n) or less, but
for a share exp(-evidence) of calibrations.

If a share above v of them had, then fewer than `rank` of the n samples would lie among the
strangest share v of all clean pictures, the chance of which is at most exp(-n KL((rank - 1) / n,
v)) by Chernoff's bound.
 */
double largestShare(double rank, double n, double evidence)
{
    const double found = (rank - 1) / n;
    double possible = found, excluded = 1;
    for (int i = 0; i < 60; ++i)
    {
        const double share = (possible + excluded) / 2;
        (n * divergence(found, share) < evidence ? possible : excluded) = share;
    }
    return excluded;
}

//! What p-values pay that are ranked among n samples: the same from one of some ranks to the next.
class Payoffs
{
public:
    //! @param tables of the calibration, which share what may be broken
    Payoffs(int samples, int tables) : n(samples)
    {
        for (double rank = 1; rank <= n; rank = std::max(rank + 1, std::floor(1.5 * rank)))
            lastRanks.push_back(rank);
        const double evidence =
            std::log(double(tables) * double(lastRanks.size()) / brokenCalibrations);
        double below = 0;
        for (const double rank : lastRanks)
            below = addStep(below, largestShare(rank, n, evidence));
        lastRanks.push_back(n + 1.);
        addStep(below, 1);
    }

    const Bets& of(double pValue) const
    {
        // A rank is a whole number but for the rounding of its p-value, by which it is not to count
        // as the next.
        double rank = pValue * (1. + n);
        rank -= std::max(0.01, 1e-6 * rank);
        return payoffs[std::lower_bound(lastRanks.begin(), lastRanks.end() - 1, rank) -
                       lastRanks.begin()];
    }

private:
    //! The means of j p^(j - 1) between two shares, whose mean over all of [0,1] is 1. They fall
    //! from step to step, so that fewer small p-values pay less.
    double addStep(double from, double to)
    {
        Bets step;
        for (int i = 0; i < betCount; ++i)
        {
            const double j = (i + 1.) / (betCount + 1);
            step[i] = (std::pow(to, j) - std::pow(from, j)) / (to - from);
        }
        payoffs.push_back(step);
        return to;
    }

    int n;
    std::vector<double> lastRanks; //!< of each step
    std::vector<Bets> payoffs;     //!< of each step
};

class StreamAlarmImpl CV_FINAL : public StreamAlarm
{
public:
    StreamAlarmImpl(double falseAlarmRate, const std::vector<int>& calibrationCounts)
        : rate(falseAlarmRate)
    {
        if (!(rate > 0 && rate < 1))
            refuse(format("the false-alarm rate must be within (0,1), got %g", rate));
        bool isCalibrated = false;
        for (const int count : calibrationCounts)
        {
            if (count < 0)
                refuse(format("a count of calibration samples must be from 0 on, got %d", count));
            isCalibrated = isCalibrated || count > 0;
        }
        if (!isCalibrated)
            refuse("there are no calibration samples, without which p-values say nothing");
        for (const int count : calibrationCounts)
            tables.push_back(Payoffs(count, int(calibrationCounts.size())));
        reset();
    }

    bool update(double pValue, int classId) CV_OVERRIDE
    {
        if (!(pValue >= 0 && pValue <= 1))
            refuse(format("a p-value must be within [0,1], got %g", pValue));
        const int classes = int(tables.size());
        if (classes > 1 && !(classId >= 0 && classId < classes))
            refuse(format("the class must be within 0 to %d, got %d", classes - 1, classId));
        if (getLevel() >= 1)
            reset();
        won = (won + Bets::all(1)).mul(tables[classes > 1 ? classId : 0].of(pValue));
        return getLevel() >= 1;
    }

    double getLevel() const CV_OVERRIDE { return rate * won.dot(Bets::all(1)) / betCount; }
    void reset() CV_OVERRIDE { won = Bets::all(0); }
    double getFalseAlarmRate() const CV_OVERRIDE { return rate; }

private:
    double rate;
    std::vector<Payoffs> tables; //!< one for all classes, or one a class
    Bets won;                    //!< by bets that began at each picture, of 1 each, added up
};

} // namespace

Ptr<StreamAlarm> StreamAlarm::create(double falseAlarmRate,
                                     const std::vector<int>& calibrationCounts)
{
    return makePtr<StreamAlarmImpl>(falseAlarmRate, calibrationCounts);
}

} // namespace dnn_gm
} // namespace cv
