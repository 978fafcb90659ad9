// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Tells whether two images show the same person, measures how often that is right, and finds out
// who somebody is among people enrolled by an image or a few each. None of them need have been in
// the training: features are compared, not classes. So any network that was trained on enough
// people serves, with a head GMHead or without; and one of digits compares digits.

#include "faces.hpp"
#include "pairs.hpp"

#include <functional>
#include <map>
#include <set>

const char* const about =
    "Tells whether images show the same person, also one the model was not trained on.\n"
    "NETWORK is --model=model.onnx, or --embedding=network.onnx with its options.\n"
    "face_verification NETWORK --threshold=T one.png other.png\n"
    "face_verification NETWORK --pairs=FILE [--folder=PEOPLE] [one.png other.png]\n"
    "face_verification NETWORK --people=PEOPLE [--fit=OTHERS] [options] images or folders ...";

const char* const keys =
    "{threshold         |     | two images are of one person if their score is not below }"
    "{score             | cosine | by which two images are judged: cosine, euclidean, or "
    "likelihood-ratio, which needs --fit or --gallery }"
    "{pairs             |     | pairs.txt of LFW, or lines `file file 1` (same person) or `... 0`:"
    " measures accuracy and finds the threshold }"
    "{folder            |     | where the images of --pairs lie; by default beside that file }"
    "{roc               |     | picture to write (PNG): shares of --pairs accepted }"
    "{people            |     | folder with a folder of images of each person to enrol }"
    "{fit               |     | the same of other people, who show how much images of one differ "
    "and "
    "people among one another; by default those to enrol do }"
    "{false_accept_rate |     | share of strangers that may be taken for somebody who is enrolled }"
    "{save              |     | file to write, .yml.gz, with all who are enrolled }"
    "{gallery           |     | file that --save wrote, instead of --fit }";

//! Features, a row for each image, and whose they are.
struct People
{
    Mat features;
    std::vector<String> names;
};

//! @param all whether each must have an image that can be read
static People readPeople(const String& folder, const FaceModel& face, bool all)
{
    People people;
    const bool isFolder = utils::fs::isDirectory(folder);
    for (const String& person : isFolder ? entriesOf(folder, true) : std::vector<String>())
    {
        ImageSet set(person);
        const Mat features = featuresOf(set, face);
        check(!all || !features.empty(), person + ": no image could be read");
        if (features.empty())
            continue;
        people.features.push_back(features);
        people.names.insert(people.names.end(), features.rows, set.name);
    }
    check(!people.names.empty(), folder + ": expected a folder with one of each person");
    return people;
}

//! With what serves for people of whom there are a few images.
static Ptr<GaussianMixture> newMixture()
{
    //! [mixture]
    const Ptr<GaussianMixture> mixture = GaussianMixture::create();
    mixture->setUnitLength(false);
    mixture->setShrinkage(0.9, 0.7);
    //! [mixture]
    return mixture;
}

//! Larger for two rows of features that are more alike.
typedef std::function<double(const Mat&, const Mat&)> Likeness;

static double cosine(const Mat& x, const Mat& y)
{
    const double lengths = norm(x) * norm(y);
    return lengths > 0 ? x.dot(y) / lengths : 0;
}

//! @param known whom the score is fitted to, if it is fitted
//! @param mixture fitted already, or none
static Likeness likeness(const String& score, const People& known, Ptr<GaussianMixture> mixture)
{
    if (score == "cosine")
        return cosine;
    if (score == "euclidean")
        return [](const Mat& x, const Mat& y) { return -norm(x, y); };
    if (score == "pca-mahalanobis")
    {
        // As far as features vary, up to 128 directions.
        const PCA pca(known.features, noArray(), PCA::DATA_AS_ROW, 128);
        Mat map = pca.eigenvectors.t();
        for (int i = 0; i < map.cols; ++i)
        {
            const float variance = pca.eigenvalues.at<float>(i);
            const bool varies = variance > 1e-6f * pca.eigenvalues.at<float>(0);
            map.col(i) *= varies ? 1 / std::sqrt(variance) : 0;
        }
        return [map](const Mat& x, const Mat& y) { return -norm((x - y) * map); };
    }
    if (!mixture)
    {
        mixture = newMixture();
        mixture->fit(known.features, known.names);
    }
    return [mixture](const Mat& x, const Mat& y) { return mixture->compare(x, y)[0]; };
}

static String personOf(const String& image)
{
    return baseName(utils::fs::getParent(image));
}

//! Features of the images in pairs.
struct PairFeatures
{
    Mat features;
    std::map<String, int> row; //!< of each image

    //! Pairs of which an image has no face are taken away, and reported.
    PairFeatures(PairsFile& file, const FaceModel& face)
    {
        std::set<String> images;
        for (const Pair& pair : file.pairs)
            images.insert({pair.first, pair.second});
        ImageSet set(std::vector<String>(images.begin(), images.end()));
        features = featuresOf(set, face, true);
        for (size_t i = 0; i < set.files.size(); ++i)
            row[set.files[i]] = int(i);
        std::vector<Pair> kept;
        for (const Pair& pair : file.pairs)
            if (row.count(pair.first) && row.count(pair.second))
                kept.push_back(pair);
        if (kept.size() < file.pairs.size())
            std::printf("%d of %d pairs are left out\n", int(file.pairs.size() - kept.size()),
                        int(file.pairs.size()));
        file.pairs = kept;
    }

    Mat of(const String& image) const { return features.row(row.at(image)); }

    //! All who are in no pair of two folds; nobody if there is nobody with two images.
    People without(const PairsFile& file, int fold, int other) const
    {
        std::set<String> left;
        for (const Pair& pair : file.pairs)
            if (pair.fold == fold || pair.fold == other)
                left.insert({personOf(pair.first), personOf(pair.second)});
        People people;
        for (const auto& each : row)
            if (!left.count(personOf(each.first)))
            {
                people.features.push_back(features.row(each.second));
                people.names.push_back(personOf(each.first));
            }
        const std::set<String> names(people.names.begin(), people.names.end());
        return names.size() < people.names.size() ? people : People();
    }
};

/** @brief In row i what pairs score when those of fold i are judged.

A score that is fitted has then seen nobody of fold i, and of another fold, whose pairs help to find
the threshold, nobody either.
@param others whom scores are fitted to instead, if there are any
@returns [folds,pairs] CV_64F; empty if that leaves nobody with two images
 */
static Mat scoresOf(const String& score, const PairsFile& file, const PairFeatures& x,
                    const People& others, const Ptr<GaussianMixture>& mixture)
{
    Mat scores(file.folds, int(file.pairs.size()), CV_64F);
    const bool once = score == "cosine" || score == "euclidean" || !others.names.empty() || mixture;
    for (int i = 0; i < (once ? 1 : file.folds); ++i)
        for (int j = 0; j <= i; ++j)
        {
            const People known = once ? others : x.without(file, i, j);
            if (!once && known.names.empty())
                return Mat();
            const Likeness likenessOf = likeness(score, known, mixture);
            for (int n = 0; n < scores.cols; ++n)
            {
                const Pair& pair = file.pairs[n];
                if (!once && pair.fold != i && pair.fold != j)
                    continue;
                const double value = likenessOf(x.of(pair.first), x.of(pair.second));
                if (once)
                    scores.col(n) = value;
                else
                    scores.at<double>(i + j - pair.fold, n) = value;
            }
        }
    return scores;
}

//! Measures each score on the pairs.
//! @returns the best threshold of each
static std::map<String, double> measure(PairsFile& file, const People& others,
                                        const Ptr<GaussianMixture>& mixture, const FaceModel& face,
                                        const String& rocFile)
{
    const PairFeatures features(file, face);
    std::map<String, double> thresholds;
    Chart chart("Telling pairs of the same person from pairs of different people",
                "share of different accepted", "share of same accepted", Vec2d(0, 1), Vec2d(0, 1));
    std::printf("%-24s %7s %11s %8s %10s %7s %7s %9s\n", "score", "pairs", "accuracy %", "+-",
                "threshold", "EER %", "AUROC", "TAR@0.1%");
    std::vector<String> scoreNames = {"cosine", "euclidean"};
    scoreNames.push_back("pca-mahalanobis");
    scoreNames.push_back("likelihood-ratio");
    for (const String& score : scoreNames)
    {
        if (score == "pca-mahalanobis" && mixture && others.names.empty())
            continue; // which a gallery does not know
        const Mat scores = scoresOf(score, file, features, others,
                                    score == "likelihood-ratio" ? mixture : Ptr<GaussianMixture>());
        if (scores.empty())
        {
            std::printf("%s is fitted to other people: by --fit=FOLDER, or three folds that have "
                        "nobody in common\n",
                        score.c_str());
            continue;
        }
        std::vector<double> own;
        for (const Pair& pair : file.pairs)
            own.push_back(scores.at<double>(pair.fold, int(own.size())));
        const Roc roc = rocWithout(-1, file.pairs, own.data());
        double accepted = 0; // of the same, where no more than 0.1 % of the different are
        for (const Point2d& point : roc.points)
            if (point.x <= 1e-3)
                accepted = point.y;
        Scalar accuracy, deviation; // the latter divides by the number of folds
        meanStdDev(accuracies(file, scores), accuracy, deviation);
        std::printf("%-24s %7d %11.2f %8.2f %10.4f %7.2f %7.4f %9.4f\n", score.c_str(), scores.cols,
                    100 * accuracy[0], 100 * deviation[0] / std::sqrt(file.folds - 1.),
                    roc.bestThreshold, 100 * roc.equalErrorRate, roc.area, accepted);
        std::fflush(stdout);
        chart.curve(format("%s, AUROC %.4f", score.c_str(), roc.area), roc.points);
        thresholds[score] = roc.bestThreshold;
    }
    if (!rocFile.empty())
        writePicture(rocFile, chart.picture);
    return thresholds;
}

//! @param fitted whether the mixture is, to others
static void enrol(const People& people, bool fitted, GaussianMixture& mixture)
{
    if (!fitted)
    {
        // Judged without the image itself: by it a person would look nearer than in a new one.
        const int folds = 5;
        mixture.fit(people.features, people.names, folds);
        return;
    }
    //! [enrol]
    for (size_t i = 0; i < people.names.size(); ++i)
        mixture.enrol(people.names[i], people.features.row(int(i)));
    mixture.calibrateOnEnrolled();
    //! [enrol]
}

//! How often the images of a folder are taken for whom its name says.
static void printTable(const std::vector<ImageSet>& sets, const std::vector<String>& enrolled)
{
    std::vector<std::pair<String, Vec3i>> rows;
    Vec3i ofEnrolled, ofOthers;
    for (const ImageSet& set : sets)
    {
        if (!set.isFolder || set.files.empty())
            continue;
        Vec3i counts;
        for (const Verdict& v : set.verdicts)
            ++counts[!v.accepted ? 2 : v.label != set.name];
        rows.push_back(std::make_pair(set.name, counts));
        const bool isEnrolled = std::count(enrolled.begin(), enrolled.end(), set.name) > 0;
        (isEnrolled ? ofEnrolled : ofOthers) += counts;
    }
    if (ofEnrolled != Vec3i())
        rows.push_back(std::make_pair("all enrolled", ofEnrolled));
    if (ofOthers != Vec3i())
        rows.push_back(std::make_pair("all others", ofOthers));
    if (!rows.empty())
        std::puts("images                    number as itself  as another  unknown");
    for (const auto& row : rows)
        std::printf("%-24s %7d %9d %11d %8d\n", row.first.c_str(), int(sum(row.second)[0]),
                    row.second[0], row.second[1], row.second[2]);
}

//! Says what rates so few images or people cannot show.
static void printLimits(const GaussianMixture& mixture)
{
    const Mat calibration = mixture.getHead().calibration;
    const float rate = mixture.getFalseRejectRate(), accept = mixture.getFalseAcceptRate(),
                least = 1.f / (1 + (calibration.empty() ? 0 : calibration.size[2])),
                leastAccept = 1.f / (1 + mixture.getLabels().size());
    if (least >= rate)
        std::printf("So few images are enrolled that no p-value is below %.4f: a false-reject rate "
                    "of %g refuses nobody.\n",
                    least, rate);
    if (leastAccept > accept)
        std::printf("So few people are enrolled that no rate of strangers below %.4f can be shown: "
                    "a false-accept rate of %g accepts nobody.\n",
                    leastAccept, accept);
}

//! Finds out who is on the images.
static void recognize(const std::vector<String>& paths, GaussianMixture& mixture,
                      const FaceModel& face, bool quiet)
{
    printLimits(mixture);
    std::vector<ImageSet> sets;
    for (const String& path : paths)
    {
        ImageSet set(path);
        const Mat features = featuresOf(set, face);
        if (!features.empty())
            set.verdicts = mixture.predict(features);
        if (!quiet)
            printVerdicts(set, "known", "unknown");
        sets.push_back(set);
    }
    checkRead(sets);
    printTable(sets, mixture.getLabels());
}

static void compare(const std::vector<String>& images, const String& score, double threshold,
                    const Likeness& likenessOf, const FaceModel& face)
{
    ImageSet set(images);
    const Mat features = featuresOf(set, face, true);
    check(features.rows == 2, "two faces are needed to compare");
    const double value = likenessOf(features.row(0), features.row(1));
    std::printf("%s %s: %s %.4f  threshold %.4f  %s\n", images[0].c_str(), images[1].c_str(),
                score.c_str(), value, threshold, value >= threshold ? "same" : "different");
}

static void setRates(const CommandLineParser& parser, const OpenSetClassifier& classifier,
                     GaussianMixture& mixture)
{
    const char *reject = "false_reject_rate", *accept = "false_accept_rate";
    if (parser.has(reject))
        mixture.setFalseRejectRate(
            number(parser, reject, "a number within [0,1], such as 0.05", 0.f, 1.f));
    else if (!parser.has("gallery"))
        mixture.setFalseRejectRate(classifier.getFalseRejectRate());
    if (parser.has(accept))
        mixture.setFalseAcceptRate(
            number(parser, accept, "a number above 0, up to 1, such as 0.01", FLT_MIN, 1.f));
}

static void run(const CommandLineParser& parser, const std::vector<String>& images)
{
    const String score = parser.get<String>("score"), pairs = parser.get<String>("pairs");
    const String people = parser.get<String>("people"), rocFile = outputPicture(parser, "roc");
    const String fit = parser.get<String>("fit"), gallery = parser.get<String>("gallery");
    const String save = parser.get<String>("save");
    const bool fitted = !fit.empty() || !gallery.empty(), given = parser.has("threshold");
    const bool byRatio = score == "likelihood-ratio";
    // A file of people to compare with is asked who it is, unless two images are to be compared.
    const bool compares =
        images.size() > 0 && people.empty() && (gallery.empty() || given || byRatio);
    double threshold = 0;
    if (given)
        threshold = number(parser, "threshold", "a number such as 0.5",
                           -std::numeric_limits<double>::max());
    check(score == "cosine" || score == "euclidean" || byRatio,
          "--score must be cosine, euclidean or likelihood-ratio, got " + score);
    check(!pairs.empty() || !images.empty() || !save.empty(), "no images are given, nor --pairs");
    check(save.empty() || !people.empty(), "--save needs --people=FOLDER to enrol");
    check(fit.empty() || gallery.empty(), "expected --fit or --gallery, got both");
    check(!compares || images.size() == 2,
          "expected two images, or --people=FOLDER to find out who it is");
    check(!compares || !pairs.empty() || given,
          "two images are judged by --threshold=T or what is best on --pairs");
    check(
        !parser.has("false_accept_rate") || fitted,
        "--false_accept_rate needs --fit or --gallery: those enrolled are no strangers to what was "
        "fitted to them");
    check(!compares || !byRatio || fitted, "--score=likelihood-ratio needs --fit or --gallery");

    const Ptr<GaussianMixture> mixture =
        gallery.empty() ? newMixture() : GaussianMixture::load(gallery);
    const FaceModel face = openFaceModel(parser, mixture);
    setRates(parser, *face.model.classifier, *mixture);
    People others;
    if (!fit.empty())
    {
        others = readPeople(fit, face, false);
        mixture->fit(others.features, others.names);
        mixture->removeAll();
    }
    if (!people.empty())
        enrol(readPeople(people, face, true), fitted, *mixture);
    if (!save.empty())
        mixture->save(save);
    if (!pairs.empty())
    {
        const String folder = parser.get<String>("folder");
        PairsFile file(pairs, folder.empty() ? utils::fs::getParent(pairs) : folder);
        const std::map<String, double> best =
            measure(file, others, fitted ? mixture : Ptr<GaussianMixture>(), face, rocFile);
        if (compares && !given)
            threshold = best.at(score);
    }
    if (compares)
        compare(images, score, threshold, likeness(score, others, mixture), face);
    else if (!images.empty())
        recognize(images, *mixture, face, parser.has("quiet"));
}

int main(int argc, char** argv)
{
    return runSample(argc, argv, about, String(keys) + faceKeys, run);
}
