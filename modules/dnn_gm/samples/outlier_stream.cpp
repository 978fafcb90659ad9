// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Watches a stream of pictures, and rings when more of them are strange to the model than may be:
// a lens is dirty, the light has changed, or what is shown is something else.

#include "common.hpp"
#include "stream.hpp"

using cv::dnn_gm::StreamAlarm;

const char* const about =
    "Watches pictures in order, and rings when more of them than may be are unlike what the model\n"
    "was calibrated on.\n"
    "outlier_stream --model=model.onnx [options] folders, images or videos ...";

const char* const keys =
    "{false_alarm_rate  | 1e-6 | false alarms a clean picture: 1e-6 is one in a million }"
    "{classes           | any  | in what order they come: any, or mixed as in the calibration, by "
    "which smaller changes are seen }"
    "{every             | 1    | takes one of so many pictures: those of a video resemble those "
    "before }"
    "{csv               |     | table to write: each picture's p-value and the alarm's level }"
    "{plot              |     | picture to write (PNG): the alarm's level }";

struct Record
{
    String name; //!< of the picture
    Verdict verdict;
    double level;
    bool rings;
};

//! An alarm as the command line wants it.
static Ptr<StreamAlarm> makeAlarm(const CommandLineParser& parser,
                                  const OpenSetClassifier& classifier)
{
    const double rate =
        number(parser, "false_alarm_rate", "a number above 0 and below 1",
               std::numeric_limits<double>::min(), 1 - std::numeric_limits<double>::epsilon());
    const String order = parser.get<String>("classes");
    check(order == "any" || order == "mixed", "--classes: expected any or mixed, got " + order);
    check(classifier.isCalibrated(), "the model is not calibrated: its p-values say nothing");
    const std::vector<int> counts = classifier.getCalibrationCounts(order == "mixed");
    if (order == "any" && counts.size() == 1 && classifier.getLabels().size() > 1)
        std::cerr << "The model ranks all classes together: they should come mixed, as in its "
                     "calibration."
                  << std::endl;
    return StreamAlarm::create(rate, counts);
}

static std::vector<Record> watch(const Model& model, StreamAlarm& alarm, Stream& stream, bool tell)
{
    std::vector<Record> records;
    UnlikeCalibration unlike;
    size_t refused = 0, begin = 0;
    std::vector<String> names;
    for (std::vector<Mat> images; stream.next(images, names, model.batch);)
    {
        unlike.count(*model.classifier, images);
        //! [update]
        const std::vector<Verdict> verdicts = model.classifier->classifyBatch(images);
        for (size_t i = 0; i < verdicts.size(); ++i)
        {
            const Verdict& v = verdicts[i];
            const bool rings = alarm.update(v.pValue, v.classId);
            //! [update]
            records.push_back(Record{names[i], v, alarm.getLevel(), rings});
            refused += !v.accepted;
            if (!rings)
                continue;
            if (tell)
                std::printf("alarm at picture %d, %s: %d of %d refused since %s\n",
                            int(records.size()), names[i].c_str(), int(refused),
                            int(records.size() - begin), begin ? "the alarm before" : "the first");
            std::fflush(stdout);
            refused = 0;
            begin = records.size();
        }
    }
    unlike.tell("the stream", records.size());
    return records;
}

static void printTable(const std::vector<Record>& records, size_t leftOut)
{
    int refused = 0, alarms = 0, first = 0;
    for (size_t i = 0; i < records.size(); ++i)
    {
        refused += !records[i].verdict.accepted;
        if (records[i].rings && alarms++ == 0)
            first = int(i) + 1;
    }
    std::printf("%8s %8s %10s %7s %14s\n", "pictures", "refused", "refused %", "alarms",
                "first alarm at");
    std::printf("%8d %8d %10.1f %7d %14s\n", int(records.size()), refused,
                100. * refused / double(records.size()), alarms,
                first ? format("%d", first).c_str() : "-");
    if (leftOut > 0)
        std::printf("Left out, since they could not be read: %d\n", int(leftOut));
}

//! A field of a table: in quotes, of which those within are doubled.
static String quoted(const String& text)
{
    String field = "\"";
    for (const char c : text)
        field += c == '"' ? String("\"\"") : String(1, c);
    return field + '"';
}

static void writeTable(const String& file, const std::vector<Record>& records)
{
    std::ostringstream table;
    table << "picture,name,class,p_value,accepted,level,alarm\n";
    for (size_t i = 0; i < records.size(); ++i)
    {
        const Record& r = records[i];
        table << i + 1 << ',' << quoted(r.name) << ',' << r.verdict.classId
              << format(",%.9g,%d,%.9g,%d\n", r.verdict.pValue, r.verdict.accepted, r.level,
                        r.rings);
    }
    writeWhole(file, table.str());
}

//! Black lines are alarms. A dot is drawn for the highest of all levels that fall on it.
static Mat drawLevels(const std::vector<Record>& records)
{
    const size_t dots = std::min<size_t>(600, records.size());
    std::vector<Point2d> highest;
    double lowest = -1;
    for (size_t i = 0; i < dots; ++i)
    {
        double level = 0;
        for (size_t j = i * records.size() / dots; j < (i + 1) * records.size() / dots; ++j)
            level = std::max(level, records[j].level);
        highest.push_back(Point2d((i + 1.) * double(records.size()) / double(dots),
                                  std::log10(std::max(level, 1e-300))));
        lowest = std::min(lowest, highest.back().y);
    }
    Chart chart("How far a stream is from an alarm", "picture",
                "log10 of the level: the alarm rings at 0", Vec2d(0, double(records.size())),
                Vec2d(std::floor(lowest), 1));
    for (size_t i = 0; i < records.size(); ++i)
        if (records[i].rings)
            line(chart.picture, chart.position(i + 1., lowest), chart.position(i + 1., 1),
                 Scalar::all(0));
    chart.curve("level", highest);
    return chart.picture;
}

static void run(const CommandLineParser& parser, const std::vector<String>& paths)
{
    check(!paths.empty(), "no folders, images or videos are given");
    const String csv = outputFile(parser, "csv"), plot = outputPicture(parser, "plot");
    Stream stream(paths, number(parser, "every", "a whole number from 1, such as 25", 1));
    const Model model = openModel(parser);
    const Ptr<StreamAlarm> alarm = makeAlarm(parser, *model.classifier);

    const std::vector<Record> records = watch(model, *alarm, stream, !parser.has("quiet"));
    check(!records.empty(),
          paths[0] + (paths.size() > 1 ? " and others" : "") + ": no picture could be read");
    printTable(records, stream.leftOut());
    if (!csv.empty())
        writeTable(csv, records);
    if (!plot.empty())
        writePicture(plot, drawLevels(records));
}

int main(int argc, char** argv)
{
    return runSample(argc, argv, about, keys, run);
}
