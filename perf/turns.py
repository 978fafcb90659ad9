# SPDX-License-Identifier: Apache-2.0
"""What heads.py and end_to_end.py share: the library timed_dnn, sessions of onnxruntime, and runs of both that are
timed a number of times at once."""

import ctypes
import time

import numpy as np
import onnxruntime


def library_of(file, threads):
    library = ctypes.CDLL(file)
    library.opencv_version.restype = ctypes.c_char_p
    library.set_threads(threads)
    return library


def session_of(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def floats(array):
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_float))


def timed_by(function, *arguments):
    """Of the library, which takes a count and writes as many seconds."""
    def timed(count):
        seconds = np.zeros(count)
        function(*arguments, count, seconds.ctypes.data_as(ctypes.POINTER(ctypes.c_double)))
        return seconds
    return timed


def timed_calls(call, *arguments):
    def timed(count):
        seconds = []
        for _ in range(count):
            begin = time.perf_counter()
            call(*arguments)
            seconds.append(time.perf_counter() - begin)
        return seconds
    return timed
