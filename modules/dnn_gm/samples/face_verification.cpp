// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Tells whether two images show the same person, measures how often that is right, and finds out
// who somebody is among people enrolled by a few images each. None of them need have been in the
// training: the network's features are compared, not its classes. So any model that was trained on
// enough people serves, and one of digits compares digits. Images are those the model was trained
// on: faces are aligned and cut out before.

#include "common.hpp"

#include <map>
#include <regex>

const char* const about =
    "Tells whether images show the same person, also one the model was not trained on.\n"
    "face_verification --model=model.onnx --threshold=T one.png other.png\n"
    "face_verification --model=model.onnx --pairs=FILE [--folder=PEOPLE] [one.png other.png]\n"
    "face_verification --model=model.onnx --people=PEOPLE [options] images or folders ...";

const char* const keys =
    "{threshold         |     | two images are of one person if their score is not below }"
    "{score             | cosine | by which two images are judged: cosine or euclidean }"
    "{pairs             |     | pairs.txt of LFW, or lines `file file 1` (same person) or `... 0`:"
    " measures accuracy and finds the threshold }"
    "{folder            |     | where the images of --pairs lie; by default beside that file }"
    "{roc               |     | picture to write (PNG): shares of --pairs accepted }"
    "{people            |     | folder with a folder of images of each person to enrol }";

//! [N,D], a row for each image; for those alone that can be read, unless all must be.
static Mat featuresOf(ImageSet& set, const Model& model, bool all = false)
{
    Mat features, some;
    for (std::vector<Mat> images; set.next(images, model.batch);)
    {
        model.classifier->features(images, some);
        features.push_back(some);
    }
    const int read = int(set.files.size()), leftOut = int(set.leftOut());
    check(!all || leftOut == 0,
          format("expected %d images, of which %d could not be read", read + leftOut, leftOut));
    return features;
}

//! Larger for features that are more alike: the cosine of their angle, or minus their distance.
static double likeness(const String& score, const Mat& x, const Mat& y)
{
    if (score != "cosine")
        return -norm(x, y);
    const double lengths = norm(x) * norm(y);
    return lengths > 0 ? x.dot(y) / lengths : 0;
}

struct Pair
{
    String first, second; //!< files
    bool same;            //!< whether they show one person
    int fold;
};

//! Pairs as a file lists them. That of LFW begins with a line of the number of folds and that of
//! pairs of each kind in a fold, or of the latter alone; then come, for each fold, lines `name i j`
//! for two images of a person and lines `name i other j` for images of two. The other form is a
//! line `file file 1` (same) or `file file 0` for each pair.
class PairsFile
{
public:
    std::vector<Pair> pairs;
    int folds;

    //! @param imageFolder where the images lie
    PairsFile(const String& path, const String& imageFolder)
        : folds(0), file(path), folder(imageFolder), line(0), inFold(0)
    {
        const String mark = "\xef\xbb\xbf"; // with which some programs begin a file
        std::ifstream stream(file.c_str());
        check(stream.good(), file + ": cannot be read");
        for (String text; std::getline(stream, text);)
        {
            if (++line == 1 && text.compare(0, mark.size(), mark) == 0)
                text.erase(0, mark.size());
            // Divided by tabs, around which there may be spaces; by spaces where there are no tabs.
            const bool tabs = text.find('\t') != String::npos;
            const std::regex column(tabs ? "[^ \t\r]([^\t\r]*[^ \t\r])?" : "[^ \r]+");
            const std::sregex_token_iterator first(text.begin(), text.end(), column), end;
            if (first != end)
                read(std::vector<String>(first, end));
        }
        const int64 count = int64(pairs.size()), expected = int64(folds) * inFold;
        check(inFold == 0 || count == expected, file + ": expected " + std::to_string(expected) +
                                                    " pairs as its first line says, found " +
                                                    std::to_string(count));
        if (folds < 2)
            makeFolds();
    }

private:
    void read(const std::vector<String>& columns)
    {
        const size_t count = columns.size(), index = pairs.size();
        const String& last = columns.back();
        if (inFold == 0 && index == 0 && count <= 2)
        {
            folds = count == 2 ? number(columns[0]) : 1;
            inFold = 2 * number(last);
        }
        else if (inFold > 0)
        {
            expect(count == 3 || count == 4, "`name number number` or `name number name number`");
            const bool same = count == 3;
            pairs.push_back(Pair{image(columns[0], columns[1]), image(columns[same ? 0 : 2], last),
                                 same, int(index / inFold)});
            expect(same == (int(index % inFold) < inFold / 2),
                   same ? "a pair of different people" : "a pair of the same person");
        }
        else
        {
            expect(count == 3 && (last == "0" || last == "1"),
                   "`file file 1` or `file file 0`, divided by tabs if names have spaces");
            pairs.push_back(Pair{below(columns[0]), below(columns[1]), last == "1", 0});
        }
    }

    //! <name>/<name>_<number in four digits>, with whatever ending the file has.
    String image(const String& name, const String& field) const
    {
        const String wanted = below(name) + '/' + name + format("_%04d.*", number(field));
        std::vector<String> found;
        if (utils::fs::isDirectory(below(name)))
            glob(wanted, found);
        expect(!found.empty(), "an image " + wanted);
        return found[0];
    }

    String below(const String& name) const
    {
        return name[0] == '/' ? name : utils::fs::join(folder, name);
    }

    int number(const String& field) const
    {
        expect(field.size() <= 8 && std::regex_match(field, std::regex("0*[1-9][0-9]*")),
               "a number instead of " + field);
        return std::stoi(field);
    }

    void expect(bool isSo, const String& what) const
    {
        check(isSo, format("%s, line %d: expected %s", file.c_str(), line, what.c_str()));
    }

    //! Ten folds, or fewer so that each has pairs of both kinds.
    void makeFolds()
    {
        int count[] = {0, 0};
        for (Pair& pair : pairs)
            pair.fold = count[pair.same]++;
        folds = std::min(10, std::min(count[0], count[1]));
        check(folds >= 2, file + ": expected at least two pairs of the same person and two of "
                                 "different people");
        for (Pair& pair : pairs)
            pair.fold %= folds;
    }

    String file, folder;
    int line, inFold;
};

//! Of the scores of all pairs but those of a fold.
static Roc rocWithout(int fold, const std::vector<Pair>& pairs, const std::vector<double>& scores)
{
    std::vector<double> same, different;
    for (size_t i = 0; i < pairs.size(); ++i)
        if (pairs[i].fold != fold)
            (pairs[i].same ? same : different).push_back(scores[i]);
    return Roc(same, different);
}

//! View 2 of LFW: the share of each fold that is judged rightly by the threshold that is best on
//! the other folds.
static Mat accuracies(const PairsFile& file, const std::vector<double>& scores)
{
    Mat right = Mat::zeros(file.folds, 1, CV_64F), count = right.clone();
    std::vector<double> thresholds;
    for (int fold = 0; fold < file.folds; ++fold)
        thresholds.push_back(rocWithout(fold, file.pairs, scores).bestThreshold);
    for (size_t i = 0; i < scores.size(); ++i)
    {
        const Pair& pair = file.pairs[i];
        right.at<double>(pair.fold) += (scores[i] >= thresholds[pair.fold]) == pair.same;
        count.at<double>(pair.fold) += 1;
    }
    return right / count;
}

//! A head GMHead over enrolled people instead of the classes that the network was trained on. How
//! their Gaussians and its calibration follow from their images is in the tutorial.
class Gallery
{
public:
    std::vector<String> names;
    Mat variances;      //!< [1,D] CV_64F: of a person's images
    int calibratedWith; //!< how many images

    //! @param folder with a folder of images of each person
    Gallery(const String& folder, const Model& model)
    {
        std::vector<int> counts;
        Mat means, residuals, scatter;
        const bool isFolder = utils::fs::isDirectory(folder);
        for (const String& person : isFolder ? entriesOf(folder, true) : std::vector<String>())
        {
            ImageSet set(person);
            Mat x, mean;
            featuresOf(set, model).convertTo(x, CV_64F);
            check(!x.empty(), person + ": no image could be read");
            reduce(x, mean, 0, REDUCE_AVG);
            means.push_back(mean);
            residuals.push_back(Mat(x - repeat(mean, x.rows, 1)));
            counts.push_back(x.rows);
            names.push_back(set.name);
        }
        check(!names.empty(), folder + ": expected a folder with one of each person");
        reduce(residuals.mul(residuals), scatter, 0, REDUCE_SUM);
        variances = shrunk(scatter, residuals.rows - means.rows);
        addHead(means, counts, leftOutDistances(residuals, counts, scatter));
    }

    //! @param features [N,D] CV_32F
    std::vector<Verdict> identify(const Mat& features, float falseRejectRate)
    {
        //! [outputs]
        std::vector<Mat> outputs; // prob, log_likelihood, log_density, distance, p_value, class
        net.setInput(features);
        net.forward(outputs, "people");
        //! [outputs]
        std::vector<Verdict> verdicts(features.rows);
        for (int n = 0; n < features.rows; ++n)
        {
            Verdict& v = verdicts[n];
            v.classId = int(outputs[5].at<float>(n));
            v.label = names[v.classId];
            v.confidence = outputs[0].at<float>(n, v.classId);
            v.logLikelihood = outputs[1].at<float>(n);
            v.pValue = outputs[4].at<float>(n);
            v.accepted = v.pValue >= falseRejectRate;
        }
        return verdicts;
    }

private:
    //! The variance of each feature, as if their average had been seen ten times before.
    static Mat shrunk(const Mat& scatter, int freedom)
    {
        const double total = sum(scatter)[0], weight = 10;
        check(freedom > 0 && total > 0,
              "too few people have two different images to estimate a variance");
        return (scatter + weight * total / (freedom * scatter.cols)) / (freedom + weight);
    }

    //! Of each image to its person without it, in order.
    static std::vector<float> leftOutDistances(const Mat& residuals, const std::vector<int>& counts,
                                               const Mat& scatter)
    {
        std::vector<float> distances;
        const int freedom = residuals.rows - int(counts.size());
        int row = 0;
        for (const int n : counts)
            for (const int last = row + n; row < last; ++row)
                if (n > 1)
                {
                    const Mat own = residuals.row(row).mul(residuals.row(row)) * (n / (n - 1.));
                    distances.push_back(float(sum(own / shrunk(scatter - own, freedom - 1))[0]));
                }
        std::sort(distances.begin(), distances.end());
        return distances;
    }

    void addHead(const Mat& means, const std::vector<int>& counts, std::vector<float> distances)
    {
        Mat logVariances(means.size(), CV_64F);
        for (int k = 0; k < means.rows; ++k)
            log(variances * (1 + 1. / counts[k]), logVariances.row(k));
        const Mat logPriors(means.rows, 1, CV_64F, -std::log(means.rows));
        calibratedWith = int(distances.size());
        const std::vector<int> table = {1, 1, calibratedWith};
        //! [head]
        dnn::LayerParams head;
        for (const Mat& each : {means, logVariances, logPriors, Mat(distances).reshape(1, table)})
        {
            head.blobs.push_back(Mat());
            each.convertTo(head.blobs.back(), CV_32F);
        }
        cv::dnn_gm::registerLayers();
        net.addLayerToPrev("people", "GMHead", head);
        //! [head]
    }

    dnn::Net net;
};

//! [N,D], the features of the images in all pairs; in `row` which of them is whose.
static Mat featuresOfPairs(const std::vector<Pair>& pairs, const Model& model,
                           std::map<String, int>& row)
{
    std::vector<String> images;
    for (const Pair& pair : pairs)
        for (const String& image : {pair.first, pair.second})
            if (row.insert(std::make_pair(image, int(images.size()))).second)
                images.push_back(image);
    ImageSet set(images);
    return featuresOf(set, model, true);
}

//! Measures each score on the pairs, the Mahalanobis distance too if people are enrolled.
//! @returns the best threshold of each
static std::map<String, double> measure(const PairsFile& file, const Ptr<Gallery>& gallery,
                                        const Model& model, const String& rocFile)
{
    std::map<String, int> row;
    const Mat features = featuresOfPairs(file.pairs, model, row);
    std::map<String, Mat> scaled = {{"cosine", features}, {"euclidean", features}};
    if (gallery)
    {
        Mat deviations;
        sqrt(repeat(gallery->variances, features.rows, 1), deviations);
        divide(features, deviations, scaled["mahalanobis"], 1, CV_32F);
    }
    std::map<String, double> thresholds;
    Chart chart("Telling pairs of the same person from pairs of different people",
                "share of different accepted", "share of same accepted", Vec2d(0, 1), Vec2d(0, 1));
    std::printf("%-24s %7s %11s %8s %10s %7s %7s\n", "score", "pairs", "accuracy %", "+-",
                "threshold", "EER %", "AUROC");
    for (const auto& each : scaled)
    {
        std::vector<double> scores;
        for (const Pair& pair : file.pairs)
            scores.push_back(likeness(each.first, each.second.row(row[pair.first]),
                                      each.second.row(row[pair.second])));
        const Roc roc = rocWithout(-1, file.pairs, scores);
        Scalar accuracy, deviation; // the latter divides by the number of folds
        meanStdDev(accuracies(file, scores), accuracy, deviation);
        std::printf("%-24s %7d %11.2f %8.2f %10.4f %7.2f %7.4f\n", each.first.c_str(),
                    int(scores.size()), 100 * accuracy[0],
                    100 * deviation[0] / std::sqrt(file.folds - 1.), roc.bestThreshold,
                    100 * roc.equalErrorRate, roc.area);
        chart.curve(format("%s, AUROC %.4f", each.first.c_str(), roc.area), roc.points);
        thresholds[each.first] = roc.bestThreshold;
    }
    if (!rocFile.empty())
        writePicture(rocFile, chart.picture);
    return thresholds;
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

//! Finds out who is on the images.
static void recognize(const std::vector<String>& paths, Gallery& gallery, const Model& model,
                      bool quiet)
{
    const float rate = model.classifier->getFalseRejectRate(),
                least = 1.f / (1 + gallery.calibratedWith);
    if (least >= rate)
        std::printf("So few images are enrolled that no p-value is below %.4f: nobody is unknown "
                    "at a false-reject rate of %g.\n",
                    least, rate);
    std::vector<ImageSet> sets;
    for (const String& path : paths)
    {
        ImageSet set(path);
        const Mat features = featuresOf(set, model);
        if (!features.empty())
            set.verdicts = gallery.identify(features, rate);
        if (!quiet)
            printVerdicts(set, "known", "unknown");
        sets.push_back(set);
    }
    checkRead(sets);
    printTable(sets, gallery.names);
}

static void compare(const std::vector<String>& images, const String& score, double threshold,
                    const Model& model)
{
    ImageSet set(images);
    const Mat features = featuresOf(set, model, true);
    const double value = likeness(score, features.row(0), features.row(1));
    std::printf("%s %s: %s %.4f  threshold %.4f  %s\n", images[0].c_str(), images[1].c_str(),
                score.c_str(), value, threshold, value >= threshold ? "same" : "different");
}

static void run(const CommandLineParser& parser, const std::vector<String>& images)
{
    const String score = parser.get<String>("score"), pairs = parser.get<String>("pairs");
    const String people = parser.get<String>("people"), rocFile = outputPicture(parser, "roc");
    const bool compares = people.empty() && !images.empty(), given = parser.has("threshold");
    double threshold = 0;
    if (given)
        threshold = number(parser, "threshold", "a number such as 0.5",
                           -std::numeric_limits<double>::max());
    check(score == "cosine" || score == "euclidean",
          "--score must be cosine or euclidean, got " + score);
    check(!pairs.empty() || !images.empty(), "no images are given, nor --pairs");
    check(!compares || images.size() == 2,
          "expected two images, or --people=FOLDER to find out who it is");
    check(!compares || !pairs.empty() || given,
          "two images are judged by --threshold=T or what is best on --pairs");
    const Model model = openModel(parser);

    Ptr<Gallery> gallery;
    if (!people.empty())
        gallery = makePtr<Gallery>(people, model);
    if (!pairs.empty())
    {
        const String folder = parser.get<String>("folder");
        const PairsFile file(pairs, folder.empty() ? utils::fs::getParent(pairs) : folder);
        const std::map<String, double> best = measure(file, gallery, model, rocFile);
        if (!given)
            threshold = best.at(score);
    }
    if (compares)
        compare(images, score, threshold, model);
    else if (!images.empty())
        recognize(images, *gallery, model, parser.has("quiet"));
}

int main(int argc, char** argv)
{
    return runSample(argc, argv, about, keys, run);
}
