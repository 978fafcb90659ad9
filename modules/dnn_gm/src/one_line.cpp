// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"

#include <cstring>

namespace cv
{
namespace dnn_gm
{

namespace
{

//! Where the text is from a place on, its end included; npos if nowhere.
size_t endOf(const String& said, const char* text, size_t from)
{
    const size_t at = from == String::npos ? from : said.find(text, from);
    return at == String::npos ? at : at + std::strlen(text);
}

} // namespace

// A message is wrapped as "OpenCV(version) file:line: error: (code:name) message in function
// 'name'\n"; one of several lines as "OpenCV(...) in function 'name'\n> line\n> line\n".
String oneLine(const String& said)
{
    String text = said;
    for (size_t at; (at = text.find("OpenCV(")) != String::npos;)
    {
        size_t end = endOf(text, ") ", endOf(text, ": error: (", at));
        if (end == String::npos)
            break;
        if (text.compare(end, 13, "in function '") == 0)
            end = std::min(endOf(text, "'\n", end), text.size());
        text.erase(at, end - at);
        while (text.compare(at, 2, "> ") == 0)
            text.erase(at, 2);
    }
    while (text.compare(0, 2, "> ") == 0)
        text.erase(0, 2);
    text.erase(std::min(text.find('\n'), text.size()));
    const size_t place = text.find(" in function '");
    if (place != String::npos && text.back() == '\'')
        text.erase(place);
    return text;
}

} // namespace dnn_gm
} // namespace cv
