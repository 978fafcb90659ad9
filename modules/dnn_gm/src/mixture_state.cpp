// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "calibration_table.hpp"
#include "mixture_state.hpp"

#include <map>

namespace cv
{
namespace dnn_gm
{

namespace
{

//! From so many rows on averages are known so well that all classes may share one covariance.
const int manyRows = 100;

const int fileVersion = 2;

void expect(bool isSo, const char* what)
{
    if (!isSo)
        CV_Error(Error::StsParseError, String("GaussianMixture: expected ") + what);
}

template <typename T> T valueOf(const FileNode& node, const char* name)
{
    expect(!node[name].empty(), name);
    T value;
    node[name] >> value;
    return value;
}

//! A matrix of finite CV_64F numbers.
Mat matOf(const FileNode& node, const char* name, int columns)
{
    const Mat m = valueOf<Mat>(node, name);
    expect(m.empty() || (m.dims == 2 && m.type() == CV_64F && m.cols == columns && checkRange(m)),
           format("%s of finite numbers, %d columns", name, columns).c_str());
    return m;
}

//! FileStorage cannot write an empty list.
Mat listOf(const std::vector<float>& values)
{
    return values.empty() ? Mat() : Mat(values).reshape(1, 1);
}

std::vector<float> listOf(const FileNode& node, const char* name)
{
    const Mat values = valueOf<Mat>(node, name);
    expect(values.empty() || (values.type() == CV_32F && checkRange(values)),
           format("%s of finite numbers", name).c_str());
    return values.empty() ? std::vector<float>() : std::vector<float>(values);
}

} // namespace

void KnownClass::add(const Mat& z)
{
    Mat added;
    reduce(z, added, 0, REDUCE_SUM);
    sum = sum.empty() ? added : Mat(sum + added);
    count += z.rows;
}

MixtureState::MixtureState() : onEnrolled(false), falseRejectRate(0.01f), falseAcceptRate(1) {}

MixtureState MixtureState::fitted(const Mat& x, const std::vector<String>& labels) const
{
    MixtureState made;
    made.fitting = fitting;
    made.judging = judging;
    made.falseRejectRate = falseRejectRate;
    made.falseAcceptRate = falseAcceptRate;
    std::vector<int> classOf;
    std::map<String, int> known;
    for (const String& label : labels)
    {
        classOf.push_back(known.insert(std::make_pair(label, int(known.size()))).first->second);
        if (classOf.back() == int(made.classes.size()))
            made.classes.push_back(KnownClass(label));
    }
    made.space = FeatureSpace::fit(x, classOf, int(made.classes.size()), fitting);
    const Mat z = made.space.mapped(x);
    for (int n = 0; n < z.rows; ++n)
        made.classes[classOf[n]].add(z.row(n));
    return made;
}

Strangeness MixtureState::leftOutOf(const Mat& x, const std::vector<String>& labels,
                                    int folds) const
{
    std::map<String, int> next; // the fold of each class's next row; classes begin in turn
    std::vector<int> foldOf;
    for (const String& label : labels)
    {
        const auto at = next.insert(std::make_pair(label, int(next.size()))).first;
        foldOf.push_back(at->second++ % folds);
    }
    Strangeness all;
    for (int fold = 0; fold < folds; ++fold)
    {
        Mat kept, left;
        std::vector<String> keptLabels, leftLabels;
        for (int n = 0; n < x.rows; ++n)
        {
            (foldOf[n] == fold ? left : kept).push_back(x.row(n));
            (foldOf[n] == fold ? leftLabels : keptLabels).push_back(labels[n]);
        }
        if (left.empty() || kept.empty())
            continue;
        const Strangeness some = fitted(kept, keptLabels).judged(left, leftLabels);
        all.energies.insert(all.energies.end(), some.energies.begin(), some.energies.end());
        all.doubts.insert(all.doubts.end(), some.doubts.begin(), some.doubts.end());
    }
    if (all.energies.empty())
        CV_Error(
            Error::StsBadArg,
            format("GaussianMixture: fit() expected classes of enough rows for %d folds", folds));
    return all;
}

//! Rows whose labels are known.
Strangeness MixtureState::judged(const Mat& x, const std::vector<String>& labels) const
{
    Mat known;
    for (int n = 0; n < x.rows; ++n)
        if (indexOf(labels[n]) < int(classes.size()))
            known.push_back(x.row(n));
    JudgedRows rows;
    if (!known.empty())
        rows.z = space.mapped(known);
    return strangeness(gaussians(), rows);
}

int MixtureState::indexOf(const String& label) const
{
    size_t k = 0;
    while (k < classes.size() && classes[k].label != label)
        ++k;
    return int(k);
}

//! How many rows each average is taken to be known by.
std::vector<int> MixtureState::counts() const
{
    std::vector<int> own;
    double inverses = 0;
    for (const KnownClass& each : classes)
    {
        own.push_back(each.count);
        inverses += 1. / each.count;
    }
    if (*std::min_element(own.begin(), own.end()) >= manyRows)
        own.assign(own.size(), cvRound(double(own.size()) / inverses));
    return own;
}

ClassGaussians MixtureState::gaussians() const
{
    Mat averages;
    for (const KnownClass& each : classes)
        averages.push_back(Mat(each.sum / each.count));
    return ClassGaussians(space, averages, counts(), judging);
}

MixtureHead MixtureState::head(const ClassGaussians& gaussians) const
{
    const Mat scales = gaussians.scales(), logVariances = gaussians.logVariances();
    MixtureHead made;
    made.scaledColumns =
        space.settings.unitLength ? space.features() - space.settings.background : 0;
    space.centre.convertTo(made.centre, CV_32F);
    multiply(space.map.rowRange(0, gaussians.dims()), repeat(scales.t(), 1, space.features()),
             made.map, 1, CV_32F);
    multiply(gaussians.means, repeat(scales, gaussians.classes(), 1), made.means, 1, CV_32F);
    logVariances.convertTo(made.logVariances, CV_32F);
    gaussians.logPriors().convertTo(made.logPriors, CV_32F);
    const Strangeness samples = calibrationSamples(gaussians);
    const std::vector<float> table = calibrationTable(samples.energies, samples.doubts);
    if (!table.empty())
    {
        const int sizes[] = {1, 3, int(table.size() / 3)};
        Mat(3, sizes, CV_32F, (void*)table.data()).copyTo(made.calibration);
    }
    return made;
}

//! The enrolled rows of classes that have `least` of all rows.
JudgedRows MixtureState::enrolledRows(int least) const
{
    JudgedRows rows;
    for (size_t k = 0; k < classes.size(); ++k)
        if (classes[k].count >= least && !classes[k].enrolled.empty())
        {
            rows.z.push_back(classes[k].enrolled);
            rows.ownClass.insert(rows.ownClass.end(), classes[k].enrolled.rows, int(k));
        }
    return rows;
}

//! The score of an enrolled row under its class without it.
double MixtureState::scoreWithout(const Mat& z, int k) const
{
    const KnownClass& own = classes[k];
    const Mat average = (own.sum - z) / (own.count - 1);
    const ClassGaussians alone(space, average, std::vector<int>(1, own.count - 1), judging);
    return alone.score(z.ptr<double>(), 0);
}

Strangeness MixtureState::calibrationSamples(const ClassGaussians& gaussians) const
{
    if (onEnrolled)
    {
        const JudgedRows rows = enrolledRows(2);
        return strangeness(gaussians, rows,
                           [&](int n, int k) { return scoreWithout(rows.z.row(n), k); });
    }
    if (calibration.empty())
        return leftOut;
    JudgedRows rows;
    for (int n = 0; n < calibration.rows; ++n)
        if (indexOf(calibrationLabels[n]) < int(classes.size()))
            rows.z.push_back(calibration.row(n));
    return strangeness(gaussians, rows);
}

MixtureState::Strangers MixtureState::strangers(const ClassGaussians& gaussians) const
{
    const JudgedRows rows = enrolledRows(1);
    const std::vector<float> energies =
        strangeness(gaussians, rows, [](int, int) { return -DBL_MAX; }).energies;
    std::vector<std::pair<float, double>> shares;
    for (size_t n = 0; n < energies.size(); ++n)
        shares.push_back(std::make_pair(energies[n], 1. / classes[rows.ownClass[n]].enrolled.rows));
    std::sort(shares.begin(), shares.end());
    Strangers found;
    double sum = 0;
    for (const std::pair<float, double>& each : shares)
    {
        found.energies.push_back(each.first);
        found.sums.push_back(sum += each.second);
    }
    found.classes =
        int(std::count_if(classes.begin(), classes.end(),
                          [](const KnownClass& each) { return !each.enrolled.empty(); }));
    return found;
}

void MixtureState::write(FileStorage& storage) const
{
    const FitSettings& settings = space.empty() ? fitting : space.settings;
    storage << "version" << fileVersion << "unit_length" << int(settings.unitLength)
            << "background_columns" << settings.background << "shrinkage_within" << settings.within
            << "shrinkage_between" << settings.between << "relativity" << judging.relativity
            << "background_weight" << judging.backgroundWeight << "temperature"
            << judging.temperature << "false_reject_rate" << falseRejectRate << "false_accept_rate"
            << falseAcceptRate << "calibrated_on_enrolled" << int(onEnrolled) << "centre"
            << space.centre << "map" << space.map << "background_directions" << space.background
            << "between" << space.between << "calibration" << calibration << "calibration_labels"
            << calibrationLabels << "left_out_energies" << listOf(leftOut.energies)
            << "left_out_doubts" << listOf(leftOut.doubts) << "class_count" << int(classes.size())
            << "classes"
            << "[";
    for (const KnownClass& each : classes)
        storage << "{"
                << "label" << each.label << "count" << each.count << "sum" << each.sum << "enrolled"
                << each.enrolled << "}";
    storage << "]";
}

void MixtureState::read(const FileNode& node)
{
    expect(valueOf<int>(node, "version") == fileVersion, format("version %d", fileVersion).c_str());
    readSettings(node);
    readSpace(node);
    const int E = space.directions();
    calibration = matOf(node, "calibration", E);
    node["calibration_labels"] >> calibrationLabels;
    expect(int(calibrationLabels.size()) == calibration.rows, "a label of each calibration row");
    leftOut.energies = listOf(node, "left_out_energies");
    leftOut.doubts = listOf(node, "left_out_doubts");
    expect(leftOut.energies.size() == leftOut.doubts.size(),
           "as many left_out_energies as left_out_doubts");
    classes.clear();
    for (const FileNode& each : node["classes"])
    {
        KnownClass known(valueOf<String>(each, "label"));
        known.count = valueOf<int>(each, "count");
        known.sum = matOf(each, "sum", E);
        known.enrolled = matOf(each, "enrolled", E);
        expect(
            known.sum.rows == 1 && known.count >= std::max(1, known.enrolled.rows) &&
                indexOf(known.label) == int(classes.size()),
            "classes of different labels, each of one sum and at least as many rows as enrolled");
        classes.push_back(known);
    }
    expect(valueOf<int>(node, "class_count") == int(classes.size()),
           "as many classes as class_count says: the file is cut short");
}

void MixtureState::readSettings(const FileNode& node)
{
    fitting.unitLength = valueOf<int>(node, "unit_length") != 0;
    fitting.background = valueOf<int>(node, "background_columns");
    fitting.within = valueOf<double>(node, "shrinkage_within");
    fitting.between = valueOf<double>(node, "shrinkage_between");
    judging.relativity = valueOf<double>(node, "relativity");
    judging.backgroundWeight = valueOf<double>(node, "background_weight");
    judging.temperature = valueOf<double>(node, "temperature");
    falseRejectRate = valueOf<float>(node, "false_reject_rate");
    falseAcceptRate = valueOf<float>(node, "false_accept_rate");
    onEnrolled = valueOf<int>(node, "calibrated_on_enrolled") != 0;
    expect(judging.relativity >= 0 && judging.relativity <= 1 && falseRejectRate >= 0 &&
               falseRejectRate <= 1 && falseAcceptRate > 0 && falseAcceptRate <= 1,
           "a relativity and rates within [0,1]");
    expect(fitting.within <= 1 && fitting.between >= 0 && fitting.between <= 1,
           "shrinkages within [0,1]");
    expect(judging.backgroundWeight > 0 && judging.backgroundWeight <= DBL_MAX &&
               judging.temperature > 0 && judging.temperature <= DBL_MAX,
           "a positive background_weight and temperature");
}

void MixtureState::readSpace(const FileNode& node)
{
    const int D = valueOf<Mat>(node, "centre").cols, E = valueOf<Mat>(node, "map").rows;
    space.settings = fitting;
    space.background = valueOf<int>(node, "background_directions");
    space.centre = matOf(node, "centre", D);
    space.map = matOf(node, "map", D);
    space.between = matOf(node, "between", E - space.background);
    expect(space.centre.rows == (D > 0) && space.between.rows == (D > 0) && (E > 0) == (D > 0) &&
               fitting.background >= 0 && (D == 0 || fitting.background <= D) &&
               space.background >= 0 && space.background <= E &&
               (D == 0 || checkRange(space.between, true, NULL, 0, DBL_MAX)),
           "centre [1,D], map [E,D] and between [1,E - background] of no negative numbers");
}

} // namespace dnn_gm
} // namespace cv
