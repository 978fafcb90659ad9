// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Classifies images with a model that ends in GMHead, and refuses those it does not believe. Knows
// nothing of how the model was trained: the ONNX file says everything.

#include "common.hpp"

const char* const about =
    "Classifies images and refuses those that are unlike what the model was trained on.\n"
    "classify --model=model.onnx [options] images or folders ...";

const char* const keys =
    "{sheet             |     | contact sheet to write (PNG): refused images are framed in red }";

static void printTable(const std::vector<ImageSet>& sets)
{
    std::printf("%-24s %7s %9s %8s %9s %11s %15s\n", "images", "number", "accepted", "refused",
                "refused %", "confidence", "log-likelihood");
    size_t leftOut = 0;
    for (const ImageSet& set : sets)
    {
        leftOut += set.leftOut();
        if (set.files.empty())
            continue;
        const double count = double(set.files.size());
        double confidence = 0, likelihood = 0;
        for (const Verdict& v : set.verdicts)
        {
            confidence += v.confidence / count;
            likelihood += v.logLikelihood / count;
        }
        std::printf("%-24s %7.0f %9.0f %8.0f %9.1f %11.4f %15.2f\n", set.name.c_str(), count,
                    count - set.refused(), double(set.refused()), 100 * set.refused() / count,
                    confidence, likelihood);
    }
    if (leftOut > 0)
        std::printf("Left out, since they could not be read: %d\n", int(leftOut));
}

//! The image of a file with its verdict below. A file that can no longer be read is reported, and
//! its image left grey.
static Mat drawCell(const String& file, const Verdict& verdict, const Size& size)
{
    const Scalar red(0, 0, 220), green(0, 130, 0);
    const int side = 78, frame = 3;
    Mat cell(size, CV_8UC3, Scalar::all(255)), image = readOrReport(file);
    if (image.empty())
        image = Mat(1, 1, CV_8UC3, Scalar::all(200));
    const double scale = side / double(std::max(image.cols, image.rows));
    // However thin an image is, it stays visible.
    const Size shown(std::max(1, cvRound(scale * image.cols)),
                     std::max(1, cvRound(scale * image.rows)));
    const Rect place(Point((size.width - shown.width) / 2, frame), shown);
    resize(image, cell(place), shown, 0, 0, scale > 1 ? INTER_NEAREST : INTER_AREA);
    if (!verdict.accepted)
        rectangle(cell, place + Point(-1, -1) + Size(frame, frame), red, frame);
    writeText(cell, format("%s p=%.3f", verdict.label.c_str(), verdict.pValue),
              Point(2, size.height - 4), 0.36, verdict.accepted ? green : red);
    return cell;
}

//! A heading and up to 40 images of a set, evenly chosen.
static Mat drawBlock(const ImageSet& set)
{
    const Size cell(90, 100);
    const int columns = 10, heading = 26, count = int(set.files.size()), shown = min(count, 40);
    const int rows = (shown + columns - 1) / columns;
    Mat block(heading + rows * cell.height, columns * cell.width, CV_8UC3, Scalar::all(255));
    String title = format("%s: %d of %d refused", set.name.c_str(), int(set.refused()), count);
    if (shown < count)
        title += format("; %d shown, evenly chosen", shown);
    writeText(block, title, Point(4, 18), 0.55);
    for (int i = 0; i < shown; ++i)
    {
        const size_t chosen = size_t(i) * count / shown;
        const Point corner(i % columns * cell.width, heading + i / columns * cell.height);
        drawCell(set.files[chosen], set.verdicts[chosen], cell).copyTo(block(Rect(corner, cell)));
    }
    return block;
}

static Mat contactSheet(const std::vector<ImageSet>& sets)
{
    Mat sheet;
    for (const ImageSet& set : sets)
        if (!set.files.empty())
            sheet.push_back(drawBlock(set));
    return sheet;
}

static void run(const CommandLineParser& parser, const std::vector<String>& paths)
{
    check(!paths.empty(), "no images or folders are given");
    const String sheet = outputPicture(parser, "sheet");
    const Model model = openModel(parser);

    //! [judge]
    std::vector<ImageSet> sets;
    for (const String& path : paths)
    {
        sets.push_back(classify(model, path));
        if (!parser.has("quiet"))
            printVerdicts(sets.back());
    }
    //! [judge]
    checkRead(sets);
    if (!model.classifier->isCalibrated())
        std::puts("The model is not calibrated: p-values are 1.");
    printTable(sets);
    if (!sheet.empty())
        writePicture(sheet, contactSheet(sets));
}

int main(int argc, char** argv)
{
    return runSample(argc, argv, about, keys, run);
}
