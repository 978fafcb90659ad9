// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Pictures in the order of a stream, from folders, image files and videos.

#ifndef OPENCV_DNN_GM_SAMPLES_STREAM_HPP
#define OPENCV_DNN_GM_SAMPLES_STREAM_HPP

#include "image_set.hpp"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/opencv_modules.hpp>
#ifdef HAVE_OPENCV_VIDEOIO
#include <opencv2/videoio.hpp>
#endif

//! Every so manieth picture of all that are given, one after the other.
class Stream
{
public:
    //! @param paths folders, images or videos
    //! @param every takes the first of so many pictures
    Stream(const std::vector<String>& paths, int every)
        : step(every), passed(0), unread(0), frame(0)
    {
        for (const String& path : paths)
        {
            if (utils::fs::isDirectory(path))
                for (const String& file : entriesOf(path, false))
                    addImage(file);
            else if (isVideo(path))
                parts.push_back(Part{path, std::vector<String>()});
            else
                addImage(path);
        }
    }

    //! Takes the next pictures, fewer where they are large: 64 MiB are enough at once. What cannot
    //! be read is reported and left out.
    //! @param names their files; of a video's, with the number of the frame
    //! @returns whether there were any
    bool next(std::vector<Mat>& images, std::vector<String>& names, int most)
    {
        images.clear();
        names.clear();
        while (images.empty() && !parts.empty())
        {
            const bool more = parts.front().video.empty() ? nextFiles(images, names, most)
                                                          : nextFrames(images, names, most);
            if (!more)
                parts.erase(parts.begin());
        }
        return !images.empty();
    }

    size_t leftOut() const { return unread; }

private:
    //! A video, or image files in a row.
    struct Part
    {
        String video;
        std::vector<String> files;
    };

    void addImage(const String& file)
    {
        if (parts.empty() || !parts.back().video.empty())
            parts.push_back(Part());
        parts.back().files.push_back(file);
    }

#ifdef HAVE_OPENCV_VIDEOIO
    //! Whether it is no image, and OpenCV reads it as a video. A pipe would be waited for.
    static bool isVideo(const String& path)
    {
        return kindOf(path) == S_IFREG && !haveImageReader(path) && VideoCapture(path).isOpened();
    }

    bool nextFrames(std::vector<Mat>& images, std::vector<String>& names, int most)
    {
        const String& path = parts.front().video;
        if (!video.isOpened())
        {
            frame = 0;
            if (!video.open(path)) // which it was before
            {
                ++unread;
                std::cerr << path << ": cannot be read" << std::endl;
                return false;
            }
        }
        size_t bytes = 0;
        while (int(images.size()) < most && bytes < (64 << 20) && video.grab())
        {
            ++frame;
            if (passed++ % step != 0)
                continue;
            Mat image;
            if (!video.retrieve(image) || image.empty())
            {
                ++unread;
                std::cerr << path << ": frame " << frame << " cannot be read" << std::endl;
                continue;
            }
            bytes += image.total() * image.elemSize();
            images.push_back(image.clone());
            names.push_back(path + format(":%d", frame));
        }
        if (images.empty())
            video.release();
        return !images.empty();
    }

    VideoCapture video;
#else
    static bool isVideo(const String&)
    {
        return false;
    }
    bool nextFrames(std::vector<Mat>&, std::vector<String>&, int)
    {
        return false;
    }
#endif

    bool nextFiles(std::vector<Mat>& images, std::vector<String>& names, int most)
    {
        if (!set)
        {
            std::vector<String> taken;
            for (const String& file : parts.front().files)
                if (passed++ % step == 0)
                    taken.push_back(file);
            set = std::make_shared<ImageSet>(taken);
        }
        const size_t before = set->files.size();
        if (set->next(images, most))
        {
            names.assign(set->files.begin() + before, set->files.end());
            return true;
        }
        unread += set->leftOut();
        set.reset();
        return false;
    }

    const int step;
    int64 passed; //!< pictures, taken or not
    size_t unread;
    int frame;               //!< of the video, counted from 1
    std::vector<Part> parts; //!< from the one that is being read on
    std::shared_ptr<ImageSet> set;
};

#endif // OPENCV_DNN_GM_SAMPLES_STREAM_HPP
