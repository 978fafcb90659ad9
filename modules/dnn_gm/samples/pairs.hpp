// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Lists of pairs of images that show the same person or two, and how often a score judges them
// rightly.

#ifndef OPENCV_DNN_GM_SAMPLES_PAIRS_HPP
#define OPENCV_DNN_GM_SAMPLES_PAIRS_HPP

#include "common.hpp"

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
        std::ifstream stream;
        if (kindOf(file) == S_IFREG) // a pipe would be waited for
            stream.open(file.c_str());
        check(stream.is_open(), file + ": cannot be read");
        for (String text; std::getline(stream, text);)
        {
            if (++line == 1 && text.compare(0, mark.size(), mark) == 0)
                text.erase(0, mark.size());
            const std::vector<String> columns = columnsOf(text);
            if (!columns.empty())
                read(columns);
        }
        const int64 count = int64(pairs.size()), expected = int64(folds) * inFold;
        check(inFold == 0 || count == expected, file + ": expected " + std::to_string(expected) +
                                                    " pairs as its first line says, found " +
                                                    std::to_string(count));
        if (folds < 2)
            makeFolds();
    }

private:
    //! Divided by tabs, around which there may be spaces; by spaces where there are no tabs.
    static std::vector<String> columnsOf(const String& text)
    {
        const char* const dividers = text.find('\t') != String::npos ? "\t\r" : " \r";
        std::vector<String> columns;
        for (size_t at = 0; at < text.size(); ++at)
        {
            const size_t end = std::min(text.find_first_of(dividers, at), text.size());
            const size_t first = text.find_first_not_of(' ', at);
            if (first == String::npos)
                break;
            if (first < end)
                columns.push_back(
                    text.substr(first, text.find_last_not_of(' ', end - 1) + 1 - first));
            at = first > end ? first - 1 : end; // a run of spaces is passed over at once
        }
        return columns;
    }

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
        const bool digits = field.find_first_not_of("0123456789") == String::npos;
        expect(digits && field.size() <= 8 && std::stoi(field) > 0, "a number instead of " + field);
        return std::stoi(field);
    }

    void expect(bool isSo, const String& what) const
    {
        const String said = what.size() > 80 ? what.substr(0, 80) + "..." : what;
        check(isSo, format("%s, line %d: expected %s", file.c_str(), line, said.c_str()));
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

//! @param fold that does not count
//! @param scores of all pairs
inline Roc rocWithout(int fold, const std::vector<Pair>& pairs, const double* scores)
{
    std::vector<double> same, different;
    for (size_t i = 0; i < pairs.size(); ++i)
        if (pairs[i].fold != fold)
            (pairs[i].same ? same : different).push_back(scores[i]);
    return Roc(same, different);
}

//! View 2 of LFW: the share of each fold that is judged rightly by the threshold that is best on
//! the other folds.
inline Mat accuracies(const PairsFile& file, const Mat& scores)
{
    Mat right = Mat::zeros(file.folds, 1, CV_64F), count = right.clone();
    for (int fold = 0; fold < file.folds; ++fold)
    {
        const double* judged = scores.ptr<double>(fold);
        const double threshold = rocWithout(fold, file.pairs, judged).bestThreshold;
        for (size_t i = 0; i < file.pairs.size(); ++i)
            if (file.pairs[i].fold == fold)
            {
                right.at<double>(fold) += (judged[i] >= threshold) == file.pairs[i].same;
                count.at<double>(fold) += 1;
            }
    }
    return right / count;
}

#endif // OPENCV_DNN_GM_SAMPLES_PAIRS_HPP
