// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Pictures and tables that are written whole or not at all.

#ifndef OPENCV_DNN_GM_SAMPLES_OUTPUT_FILE_HPP
#define OPENCV_DNN_GM_SAMPLES_OUTPUT_FILE_HPP

#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/filesystem.hpp>
#include <opencv2/imgcodecs.hpp>

#include <sys/stat.h>

#include <cstdio>
#include <fstream>

using namespace cv;

//! @param complaint what is said where it is not so
inline void check(bool isSo, const String& complaint)
{
    if (!isSo)
        CV_Error(Error::StsBadArg, complaint);
}

//! Whether there is a device, a pipe or a link, which is written into instead of being replaced.
inline bool isInPlace(const String& file)
{
    struct stat status;
#ifdef _WIN32
    const bool exists = stat(file.c_str(), &status) == 0;
#else
    const bool exists = lstat(file.c_str(), &status) == 0;
#endif
    return exists && (status.st_mode & S_IFMT) != S_IFREG;
}

//! The name that a file has until it is complete: one that no other has.
inline String partOf(const String& file)
{
    const size_t name = file.find_last_of("/\\") + 1; // 0 where there is no folder
    String part;
    for (int i = 0; part.empty() || utils::fs::exists(part); ++i)
        part = file.substr(0, name) + "part-" + (i > 0 ? std::to_string(i) + "-" : "") +
               file.substr(name);
    return part;
}

//! The file that an option asks for; empty if it asks for none. Whether it can be written is found
//! out before there is anything to write.
inline String outputFile(const CommandLineParser& parser, const String& key)
{
    const String file = parser.get<String>(key);
    if (file.empty())
        return file;
    if (isInPlace(file)) // a pipe's reader would take it for the end if it were opened to try
    {
        check(!utils::fs::isDirectory(file), file + ": cannot be written");
        return file;
    }
    const String part = partOf(file);
    const bool canReplace =
        !utils::fs::exists(file) || std::ofstream(file.c_str(), std::ios::app).good();
    check(canReplace && std::ofstream(part.c_str()).good(), file + ": cannot be written");
    std::remove(part.c_str());
    return file;
}

//! The same of a picture.
inline String outputPicture(const CommandLineParser& parser, const String& key)
{
    const String file = parser.get<String>(key);
    check(file.empty() || haveImageWriter(file),
          "--" + key + ": expected a picture such as " + key + ".png, got " + file);
    return outputFile(parser, key);
}

//! @param bytes all that the file is to hold
inline void writeWhole(const String& file, const String& bytes)
{
    const bool inPlace = isInPlace(file);
    const String part = inPlace ? file : partOf(file);
    std::ofstream stream(part.c_str(), std::ios::binary);
    stream << bytes;
    stream.close();
    bool written = stream.good();
    if (!inPlace)
    {
#ifdef _WIN32 // where a file is not replaced
        if (written)
            std::remove(file.c_str());
#endif
        written = written && std::rename(part.c_str(), file.c_str()) == 0;
        if (!written)
            std::remove(part.c_str());
    }
    check(written, file + ": cannot be written");
}

//! imwrite() would not notice a full disk.
inline void writePicture(const String& file, const Mat& picture)
{
    std::vector<uchar> bytes;
    check(imencode(file.substr(file.rfind('.')), picture, bytes), file + ": cannot be written");
    writeWhole(file, String(bytes.begin(), bytes.end()));
}

#endif // OPENCV_DNN_GM_SAMPLES_OUTPUT_FILE_HPP
