// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Tells clean images from adversarial or foreign ones by their likelihood under the model
// (Sect. 4.3 of Wan et al., CVPR 2018): how many of each the model refuses, and how well any
// threshold would do.

#include "common.hpp"

const char* const about =
    "Tells clean images from adversarial or foreign ones by their likelihood.\n"
    "adversarial_detection --model=model.onnx --clean=FOLDER [options] suspicious folders ...";

const char* const keys =
    "{clean             |     | folder of images that should be accepted }"
    "{histogram         |     | picture to write (PNG): log-likelihoods of each folder }"
    "{roc               |     | picture to write (PNG): shares accepted at each threshold }";

//! One of the numbers in each verdict: &Verdict::logLikelihood or &Verdict::confidence.
static std::vector<double> scoresOf(const ImageSet& set, float Verdict::*score)
{
    std::vector<double> scores;
    for (const Verdict& v : set.verdicts)
        scores.push_back(v.*score);
    return scores;
}

static std::vector<double> sortedLikelihoods(const ImageSet& set)
{
    std::vector<double> likelihoods = scoresOf(set, &Verdict::logLikelihood);
    std::sort(likelihoods.begin(), likelihoods.end());
    return likelihoods;
}

//! [likelihood_threshold]
//! Without p-values: accepts what is at least as likely as all but a share `rate` of clean images.
static void acceptByLikelihood(std::vector<ImageSet>& sets, double rate)
{
    const std::vector<double> clean = sortedLikelihoods(sets[0]);
    const size_t refused = size_t(rate * double(clean.size()));
    for (ImageSet& set : sets)
        for (Verdict& v : set.verdicts)
            v.accepted = refused < clean.size() && v.logLikelihood >= clean[refused];
}
//! [likelihood_threshold]

static double refusedPercent(const ImageSet& set)
{
    return 100 * double(set.refused()) / double(set.verdicts.size());
}

static void printTable(const std::vector<ImageSet>& sets)
{
    std::printf("%-24s %7s %9s %19s %7s %19s %7s\n", "images", "number", "refused %",
                "likelihood: EER %", "AUROC", "posterior: EER %", "AUROC");
    for (size_t i = 0; i < sets.size(); ++i)
    {
        std::printf("%-24s %7d %9.1f", sets[i].name.c_str(), int(sets[i].files.size()),
                    refusedPercent(sets[i]));
        for (float Verdict::*score : {&Verdict::logLikelihood, &Verdict::confidence})
        {
            const Roc roc(scoresOf(sets[0], score), scoresOf(sets[i], score));
            if (i > 0)
                std::printf(" %19.2f %7.4f", 100 * roc.equalErrorRate, roc.area);
        }
        std::puts("");
    }
}

//! What the axis spans. Some images are so unlikely that nothing else would be seen beside them: it
//! begins where nine in ten of each folder lie.
static Vec2d likelihoodRange(const std::vector<ImageSet>& sets)
{
    const double infinity = std::numeric_limits<double>::infinity();
    Vec2d range(infinity, -infinity);
    for (const ImageSet& set : sets)
    {
        const std::vector<double> likelihoods = sortedLikelihoods(set);
        range[0] = std::min(range[0], likelihoods[likelihoods.size() / 10]);
        range[1] = std::max(range[1], likelihoods.back());
    }
    return range[0] < range[1] ? range : range + Vec2d(-0.5, 0.5);
}

//! Shares of the images in 50 equal bins; what lies outside counts in the first or last.
static Mat histogram(const ImageSet& set, const Vec2d& range)
{
    const int bins = 50;
    const double inside = (range[1] - range[0]) / 1000; // calcHist leaves out the upper end
    const float ends[] = {float(range[0]), float(range[1])};
    const float* ranges = ends;
    Mat likelihoods(scoresOf(set, &Verdict::logLikelihood), true), shares;
    likelihoods = max(min(likelihoods, range[1] - inside), range[0] + inside);
    likelihoods.convertTo(likelihoods, CV_32F);
    calcHist(&likelihoods, 1, 0, Mat(), shares, 1, &bins, &ranges);
    return shares / double(set.files.size());
}

//! A filled outline over the bins, which together span the range.
static void drawHistogram(const Mat& shares, const Vec2d& range, const String& name, Chart& chart)
{
    std::vector<Point> outline(1, chart.position(range[0], 0));
    for (int i = 0; i < shares.rows; ++i)
        for (int side = 0; side < 2; ++side)
            outline.push_back(chart.position(
                range[0] + (range[1] - range[0]) * (i + side) / shares.rows, shares.at<float>(i)));
    outline.push_back(chart.position(range[1], 0));
    const Scalar colour = chart.nextColour(name);
    Mat filled = chart.picture.clone();
    fillPoly(filled, std::vector<std::vector<Point>>(1, outline), colour);
    addWeighted(filled, 0.2, chart.picture, 0.8, 0, chart.picture);
    polylines(chart.picture, outline, false, colour);
}

//! The black line is the least likely image that is accepted, unless p-values order images
//! otherwise than likelihoods do.
static void drawThreshold(const std::vector<ImageSet>& sets, double highest, Chart& chart)
{
    const float infinity = std::numeric_limits<float>::infinity();
    float accepted = infinity, refused = -infinity;
    for (const ImageSet& set : sets)
        for (const Verdict& v : set.verdicts)
            if (v.accepted)
                accepted = std::min(accepted, v.logLikelihood);
            else
                refused = std::max(refused, v.logLikelihood);
    if (refused < accepted && accepted < infinity)
        line(chart.picture, chart.position(accepted, 0), chart.position(accepted, highest),
             Scalar::all(0), 2);
}

static Mat drawHistograms(const std::vector<ImageSet>& sets)
{
    const Vec2d range = likelihoodRange(sets);
    std::vector<Mat> histograms;
    double highest = 0;
    for (const ImageSet& set : sets)
    {
        histograms.push_back(histogram(set, range));
        highest = std::max(highest, norm(histograms.back(), NORM_INF) * 1.05);
    }
    Chart chart("Likelihood of clean and suspicious images", "log-likelihood (first bin: or less)",
                "share of images", range, Vec2d(0, highest));
    for (size_t i = 0; i < sets.size(); ++i)
        drawHistogram(histograms[i], range,
                      format("%s, %.1f %% refused", sets[i].name.c_str(), refusedPercent(sets[i])),
                      chart);
    drawThreshold(sets, highest, chart);
    return chart.picture;
}

//! The dots are where the verdicts lie.
static Mat drawRoc(const std::vector<ImageSet>& sets)
{
    Chart chart("Telling clean from suspicious images by likelihood",
                "share of suspicious accepted", "share of clean accepted", Vec2d(0, 1),
                Vec2d(0, 1));
    const std::vector<double> clean = scoresOf(sets[0], &Verdict::logLikelihood);
    for (size_t i = 1; i < sets.size(); ++i)
    {
        const Roc roc(clean, scoresOf(sets[i], &Verdict::logLikelihood));
        const Scalar colour =
            chart.curve(format("%s, AUROC %.4f", sets[i].name.c_str(), roc.area), roc.points);
        const Point verdicts =
            chart.position(1 - refusedPercent(sets[i]) / 100, 1 - refusedPercent(sets[0]) / 100);
        circle(chart.picture, verdicts, 5, colour, FILLED, LINE_AA);
    }
    return chart.picture;
}

static void run(const CommandLineParser& parser, const std::vector<String>& suspicious)
{
    const String clean = parser.get<String>("clean");
    check(!clean.empty(), "--clean=FOLDER is missing");
    check(!suspicious.empty(), "no folders of suspicious images are given");
    const String histogramFile = outputPicture(parser, "histogram");
    const String rocFile = outputPicture(parser, "roc");
    const Model model = openModel(parser);

    std::vector<ImageSet> sets(1, classify(model, clean));
    for (const String& path : suspicious)
        sets.push_back(classify(model, path));
    for (const ImageSet& set : sets)
        check(!set.files.empty(), set.name + ": no image could be read");
    if (!model.classifier->isCalibrated())
    {
        std::puts("The model is not calibrated: the threshold is taken from the clean images.");
        acceptByLikelihood(sets, model.classifier->getFalseRejectRate());
    }
    if (!parser.has("quiet"))
        for (const ImageSet& set : sets)
            printVerdicts(set);
    printTable(sets);
    if (!histogramFile.empty())
        writePicture(histogramFile, drawHistograms(sets));
    if (!rocFile.empty())
        writePicture(rocFile, drawRoc(sets));
}

int main(int argc, char** argv)
{
    return runSample(argc, argv, about, keys, run);
}
