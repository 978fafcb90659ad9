// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"
#include "read_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <fstream>

namespace cv
{
namespace dnn_gm
{

String whyUnreadable(const String& path)
{
    struct stat status;
    if (stat(path.c_str(), &status) != 0)
        return std::strerror(errno);
    const int kind = status.st_mode & S_IFMT;
    return kind == S_IFREG   ? String()
           : kind == S_IFDIR ? String(std::strerror(EISDIR))
                             : String("expected a file, this is a pipe or a device");
}

std::vector<uchar> readModel(const String& path)
{
    std::vector<uchar> bytes;
    String why = whyUnreadable(path);
    if (why.empty())
    {
        errno = 0;
        std::ifstream file(path.c_str(), std::ios::binary | std::ios::ate);
        const int64 size = file.good() ? int64(file.tellg()) : 0;
        if (size > INT_MAX)
            why = "expected less than 2 GiB, as much as protobuf reads";
        else
        {
            file.seekg(0);
            bytes.resize(size_t(std::max<int64>(size, 0)));
            if (!file.read(reinterpret_cast<char*>(bytes.data()), std::streamsize(bytes.size())))
                bytes.clear();
            why = errno != 0 ? std::strerror(errno) : "the file is empty";
        }
    }
    if (bytes.empty())
        CV_Error(Error::StsBadArg, path + ": the model cannot be read: " + why);
    return bytes;
}

} // namespace dnn_gm
} // namespace cv
