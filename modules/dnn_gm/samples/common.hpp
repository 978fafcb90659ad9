// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// What the samples of this module share: the command line, images from folders with what a model
// says of them, and charts with ROC curves.

#ifndef OPENCV_DNN_GM_SAMPLES_COMMON_HPP
#define OPENCV_DNN_GM_SAMPLES_COMMON_HPP

#include "image_set.hpp"
#include "output_file.hpp"

#include <opencv2/imgproc.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <sstream>

using cv::dnn_gm::OpenSetClassifier;

const char* const modelKeys =
    "{help h usage ?    |     | print this message }"
    "{model             |     | ONNX file that ends in GMHead }"
    "{false_reject_rate |     | share of good images that may be refused; the model's by default }"
    "{target_risk       |     | share of accepted images whose class may be wrong: abstains where "
    "the confidence is too low; by default any }"
    "{batch             | 256 | images in one forward pass }"
    "{backend           | 0   | cv::dnn::Backend }"
    "{target            | 0   | cv::dnn::Target }"
    "{quiet q           |     | print only the table }";

//! What is not an option: images and folders, in any number. CommandLineParser takes values by
//! --key=value only, and passes over keys that it does not know.
inline std::vector<String> positionalArguments(const CommandLineParser& parser, int argc,
                                               char** argv)
{
    std::vector<String> found;
    for (int i = 1; i < argc; ++i)
    {
        const String argument = argv[i], option = argument.substr(0, argument.find('='));
        const String key = option.substr(std::min(option.find_first_not_of('-'), option.size()));
        const bool hasValue = argument.find_first_not_of(' ', option.size() + 1) != String::npos;
        if (argument[0] != '-')
            found.push_back(argument);
        else // has() throws if there is no such key
            check((parser.has(key) && hasValue) || key == "quiet" || key == "q" || key == "rgb",
                  option + " needs a value, given by =");
    }
    return found;
}

//! The value of an option as numbers, which each must be one as a whole: CommandLineParser takes
//! 0,05 for 0.
//! @param divider what is between two of them
//! @param expected what they should be, in words
template <typename T>
std::vector<T> numbers(const CommandLineParser& parser, const String& key, char divider,
                       const String& expected, T least, T most = std::numeric_limits<T>::max())
{
    const String text = parser.get<String>(key);
    std::istringstream parts(text + divider);
    std::vector<T> values;
    for (String part; std::getline(parts, part, divider);)
    {
        std::istringstream stream(part);
        stream.imbue(std::locale::classic()); // a point before fractions
        T value = T();
        const bool isNumber = (stream >> value) && stream.eof();
        check(isNumber && value >= least && value <= most,
              "--" + key + ": expected " + expected + ", got " + text);
        values.push_back(value);
    }
    return values;
}

template <typename T>
T number(const CommandLineParser& parser, const String& key, const String& expected, T least,
         T most = std::numeric_limits<T>::max())
{
    return numbers(parser, key, '\0', expected, least, most)[0];
}

struct Model
{
    Ptr<OpenSetClassifier> classifier;
    int batch; //!< images in one forward pass
};

//! How the network of the command line shall run.
struct Engine
{
    int batch, backend, target;
};

inline Engine engineOf(const CommandLineParser& parser)
{
    const int batch = number(parser, "batch", "a whole number from 1, such as 256", 1);
    const int backend = number(parser, "backend", "the number of a cv::dnn::Backend", 0);
    const int target = number(parser, "target", "the number of a cv::dnn::Target", 0);
    const std::vector<dnn::Target> targets = dnn::getAvailableTargets(dnn::Backend(backend));
    check(!targets.empty(),
          format("--backend: expected one that this OpenCV has, such as 0, got %d", backend));
    check(std::find(targets.begin(), targets.end(), dnn::Target(target)) != targets.end(),
          format("--target: expected one that --backend=%d has, such as %d, got %d", backend,
                 int(targets[0]), target));
    const Engine engine = {batch, backend, target};
    return engine;
}

//! The model of the command line, with its false-reject rate and target risk set.
inline Model openModel(const CommandLineParser& parser)
{
    const String file = parser.get<String>("model"), share = "a number within [0,1], such as 0.05";
    check(!file.empty(), "--model=FILE is missing");
    const Engine engine = engineOf(parser);
    const Model model = {OpenSetClassifier::create(file, "", engine.backend, engine.target),
                         engine.batch};
    if (parser.has("false_reject_rate"))
        model.classifier->setFalseRejectRate(number(parser, "false_reject_rate", share, 0.f, 1.f));
    if (parser.has("target_risk"))
        model.classifier->setTargetRisk(number(parser, "target_risk", share, 0.f, 1.f));
    return model;
}

//! A full disk is noticed when what was printed is written.
inline void checkPrinted()
{
    const bool printed = std::cout.flush().good() && std::fflush(stdout) == 0;
    check(printed && !std::ferror(stdout), "standard output cannot be written");
}

//! A sample's main(): help, and errors as one line that begins with the program's name.
//! @param run called with the options, and the images and folders
inline int runSample(int argc, char** argv, const String& about, const String& keys,
                     void (*run)(const CommandLineParser&, const std::vector<String>&))
{
    CommandLineParser parser(argc, argv, modelKeys + keys);
    parser.about(about);
    try
    {
        const bool wantsHelp = argc == 1 || parser.has("help");
        if (wantsHelp)
            parser.printMessage();
        else
            run(parser, positionalArguments(parser, argc, argv));
        checkPrinted();
        return wantsHelp && argc == 1;
    }
    catch (const cv::Exception& error)
    {
        std::cerr << baseName(argv[0]) << ": " << oneLine(error.err) << std::endl;
    }
    catch (const std::exception& error)
    {
        std::cerr << baseName(argv[0]) << ": " << error.what() << std::endl;
    }
    return 1;
}

//! Whether all pixels have one colour.
//! @param image as readImage() makes it
inline bool isConstant(const Mat& image)
{
    const size_t pixel = image.elemSize();
    return std::memcmp(image.data, image.data + pixel, (image.total() - 1) * pixel) == 0;
}

//! Of how many images the model's p-values promise nothing, and why of the first.
class UnlikeCalibration
{
public:
    UnlikeCalibration() : images(0), constant(0) {}

    void count(const OpenSetClassifier& classifier, const std::vector<Mat>& some)
    {
        for (const Mat& image : some)
        {
            constant += isConstant(image);
            const String said = classifier.unlikeCalibration(image);
            if (!said.empty() && images++ == 0)
                first = said;
        }
    }

    //! Says so on the side, if there are any.
    //! @param name,all of the images: what they are called, their number
    void tell(const String& name, size_t all) const
    {
        if (images > 0)
            std::cerr << name << ": " << images << " of " << all
                      << " images are unlike all that the model was calibrated on; of the first\n  "
                      << first << std::endl;
        if (constant > 0)
            std::cerr << name << ": " << constant << " of " << all
                      << " images are of one colour, which a network may take for anything"
                      << std::endl;
    }

private:
    int images, constant;
    String first;
};

//! The verdicts of the model; of which images its p-values promise nothing is said on the side.
inline ImageSet classify(const Model& model, const String& path)
{
    ImageSet set(path);
    UnlikeCalibration unlike;
    for (std::vector<Mat> images; set.next(images, model.batch);)
    {
        const std::vector<Verdict> verdicts = model.classifier->classifyBatch(images);
        set.verdicts.insert(set.verdicts.end(), verdicts.begin(), verdicts.end());
        for (const Mat& image : images)
            set.constant.push_back(isConstant(image));
        unlike.count(*model.classifier, images);
    }
    unlike.tell(set.name, set.files.size());
    return set;
}

//! A line for each image.
inline void printVerdicts(const ImageSet& set, const char* accepted = "accepted",
                          const char* refused = "refused")
{
    for (size_t i = 0; i < set.files.size(); ++i)
    {
        const Verdict& v = set.verdicts[i];
        std::printf("%s: %s  confidence %.4f  log-likelihood %.2f  p-value %.4f  %s%s\n",
                    set.files[i].c_str(), v.label.c_str(), v.confidence, v.logLikelihood, v.pValue,
                    v.accepted ? accepted : refused,
                    i < set.constant.size() && set.constant[i] ? "  constant picture" : "");
    }
}

//! Reports folders in which nothing could be read; an error if nothing could be in any of the sets.
inline void checkRead(const std::vector<ImageSet>& sets)
{
    const auto isEmpty = [](const ImageSet& set) { return set.files.empty(); };
    const String others = sets.size() > 1 ? format(" and %d more", int(sets.size()) - 1) : "";
    check(!std::all_of(sets.begin(), sets.end(), isEmpty),
          sets[0].path + others + ": no image could be read");
    for (const ImageSet& set : sets)
        if (isEmpty(set) && set.isFolder)
            std::cerr << set.path << ": no image could be read" << std::endl;
}

//! How well scores tell the good, to be accepted, from the bad. Neither may be empty.
struct Roc
{
    //! Shares of the bad (x) and of the good (y) that are accepted, from none to all.
    std::vector<Point2d> points;
    double area;           //!< chance that a good one scores higher than a bad one, a tie is half
    double equalErrorRate; //!< where as large a share of the good is refused as accepted of the bad
    double bestThreshold;  //!< judges most of them rightly: halfway between two scores, or infinite

    Roc(std::vector<double> good, std::vector<double> bad)
        : area(0), equalErrorRate(-1), bestThreshold(0)
    {
        const double infinity = std::numeric_limits<double>::infinity();
        std::sort(good.rbegin(), good.rend());
        std::sort(bad.rbegin(), bad.rend());
        size_t i = 0, j = 0, mostRight = 0;
        for (double threshold = infinity, next; threshold > -infinity; threshold = next)
        {
            while (i < good.size() && !(good[i] < threshold))
                ++i;
            while (j < bad.size() && !(bad[j] < threshold))
                ++j;
            next = std::max(i < good.size() ? good[i] : -infinity,
                            j < bad.size() ? bad[j] : -infinity);
            const size_t right = i + bad.size() - j;
            if (right > mostRight)
                bestThreshold = (threshold + next) / 2;
            mostRight = std::max(mostRight, right);

            const Point2d point(double(j) / bad.size(), double(i) / good.size());
            const Point2d before = points.empty() ? Point2d() : points.back();
            const Point2d step = point - before;
            area += step.x * (before.y + point.y) / 2;
            // The sum of the shares rises from 0 to 2; where it is 1, on a straight line between
            // two points, the rates are equal.
            if (equalErrorRate < 0 && point.x + point.y >= 1)
                equalErrorRate = before.x + step.x * (1 - before.x - before.y) / (step.x + step.y);
            points.push_back(point);
        }
    }
};

inline void writeText(Mat& picture, const String& words, const Point& place, double scale = 0.42,
                      const Scalar& colour = Scalar::all(0))
{
    putText(picture, words, place, FONT_HERSHEY_SIMPLEX, scale, colour, 1, LINE_AA);
}

//! Axes with a grid at round numbers; a legend beside them has a line for each colour taken.
class Chart
{
public:
    Mat picture;

    //! @param xRange,yRange what the axes span: lower and upper end
    Chart(const String& title, const String& xLabel, const String& yLabel, const Vec2d& xRange,
          const Vec2d& yRange)
        : picture(520, 940, CV_8UC3, Scalar::all(255)), x(xRange), y(yRange), taken(0)
    {
        writeText(picture, title, Point(60, 24), 0.55);
        writeText(picture, xLabel, Point(260, 508));
        writeText(picture, yLabel, Point(60, 52));
        const double stepX = tickStep(x[1] - x[0]), stepY = tickStep(y[1] - y[0]);
        for (int i = cvCeil(x[0] / stepX); i * stepX <= x[1] + stepX / 1000; ++i)
        {
            line(picture, position(i * stepX, y[0]), position(i * stepX, y[1]), Scalar::all(225));
            writeText(picture, format("%g", i * stepX), position(i * stepX, y[0]) + Point(-10, 18));
        }
        for (int i = cvCeil(y[0] / stepY); i * stepY <= y[1] + stepY / 1000; ++i)
        {
            line(picture, position(x[0], i * stepY), position(x[1], i * stepY), Scalar::all(225));
            writeText(picture, format("%g", i * stepY), position(x[0], i * stepY) + Point(-40, 4));
        }
        rectangle(picture, position(x[0], y[0]), position(x[1], y[1]), Scalar::all(0));
    }

    //! The pixel at a point; what lies outside is moved to the edge.
    Point position(double atX, double atY) const
    {
        const double right = (atX - x[0]) / (x[1] - x[0]), up = (atY - y[0]) / (y[1] - y[0]);
        return Point(60 + cvRound(600 * std::min(std::max(right, 0.), 1.)),
                     460 - cvRound(400 * std::min(std::max(up, 0.), 1.)));
    }

    static Scalar colour(int i)
    {
        static const int colours[] = {0x1f77b4, 0xd62728, 0x2ca02c, 0xff7f0e, 0x9467bd, 0x8c564b};
        const int rgb = colours[i % 6];
        return Scalar(rgb & 255, rgb >> 8 & 255, rgb >> 16);
    }

    Scalar nextColour(const String& name)
    {
        const Point place(674, 74 + 20 * taken);
        rectangle(picture, Rect(place.x, place.y - 9, 12, 10), colour(taken), FILLED);
        writeText(picture, name, place + Point(18, 0));
        return colour(taken++);
    }

    //! @returns the curve's colour
    Scalar curve(const String& name, const std::vector<Point2d>& points)
    {
        std::vector<Point> places;
        for (const Point2d& point : points)
            places.push_back(position(point.x, point.y));
        const Scalar drawn = nextColour(name);
        polylines(picture, places, false, drawn, 2, LINE_AA);
        return drawn;
    }

private:
    //! A round number.
    static double tickStep(double span)
    {
        const double power = std::pow(10, std::floor(std::log10(span / 6)));
        return power * (span < 9 * power ? 1 : span < 21 * power ? 2 : 5);
    }

    Vec2d x, y;
    int taken;
};

#endif // OPENCV_DNN_GM_SAMPLES_COMMON_HPP
