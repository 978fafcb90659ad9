// SPDX-License-Identifier: Apache-2.0
// Sums over dimensions of x - mu on vectors of the machine. GCC from 12 on compiles them for
// several instruction sets and takes the best when the program is loaded, but not under the thread
// sanitizer, which is not there so early; other compilers compile them for what they were told to.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && __GNUC__ >= 12 && \
    !defined(__SANITIZE_THREAD__)
#define LGM_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LGM_VECTOR_CLONES
#endif
#define LGM_INLINE [[gnu::always_inline]] inline

namespace gmtrain::lgm::loops {

/// Some classes.
template <typename T>
struct Classes {
  const T* means;            ///< [count,D]
  const T* inverses;         ///< 1/Lambda of class k from k * inverse_stride
  int64_t inverse_stride;    ///< D, 1, or 0 where all classes share one
  int64_t count, dimension;  ///< D

  const T* mean(int64_t k) const { return means + k * dimension; }
  const T* inverse(int64_t k) const { return inverses + k * inverse_stride; }
};

/// As many numbers as AVX-512 has in a register; the compiler makes several of it elsewhere.
template <typename T>
struct Vector {
  static constexpr int64_t kLanes = 64 / sizeof(T);
  typedef T Lanes __attribute__((vector_size(64)));

  Lanes lanes;

  /// The first `count` lanes; the others are 0.
  LGM_INLINE static Vector load(const T* from, int64_t count = kLanes) {
    Vector v{};
    std::memcpy(&v.lanes, from, size_t(count) * sizeof(T));
    return v;
  }
  LGM_INLINE void store(T* to, int64_t count = kLanes) const {
    std::memcpy(to, &lanes, size_t(count) * sizeof(T));
  }
  LGM_INLINE T sum() const {
    typedef T Half __attribute__((vector_size(32)));
    typedef T Quarter __attribute__((vector_size(16)));
    Half halves[2];
    std::memcpy(halves, &lanes, sizeof halves);
    halves[0] += halves[1];
    Quarter quarters[2];
    std::memcpy(quarters, halves, sizeof quarters);
    quarters[0] += quarters[1];
    T total = 0;
    for (int64_t lane = 0; lane < kLanes / 4; ++lane) total += quarters[0][lane];
    return total;
  }
};

/// Calls body(d, lanes) for all dimensions, kLanes at a time; known to be whole but for the last.
template <typename T, typename Body>
LGM_INLINE void for_each_vector(int64_t dimension, const Body& body) {
  constexpr int64_t kLanes = Vector<T>::kLanes;
  int64_t d = 0;
  for (; d + kLanes <= dimension; d += kLanes) body(d, kLanes);
  if (d < dimension) body(d, dimension - d);
}

/// (x - mu)' Lambda^-1 (x - mu) of kRows rows and a class. What a row gives does not depend on what
/// other rows there are, as long as the compiler contracts all forms of this alike.
template <int kRows, bool kDiagonal, typename T>
LGM_INLINE void square(const T* x, const T* mean, const T* inverse, int64_t D, T* out,
                       int64_t out_stride) {
  using V = Vector<T>;
  V sums[kRows] = {};
  for_each_vector<T>(
      D, [&](int64_t d, int64_t lanes) __attribute__((always_inline)) {
        const V m = V::load(mean + d, lanes), v = kDiagonal ? V::load(inverse + d, lanes) : V{};
        for (int row = 0; row < kRows; ++row) {
          const auto difference = V::load(x + row * D + d, lanes).lanes - m.lanes;
          sums[row].lanes +=
              kDiagonal ? difference * v.lanes * difference : difference * difference;
        }
      });
  for (int row = 0; row < kRows; ++row) {
    out[row * out_stride] = kDiagonal ? sums[row].sum() : *inverse * sums[row].sum();
  }
}

/// 2 d_k of `rows` rows [rows,D] and all classes.
template <bool kDiagonal, typename T>
LGM_VECTOR_CLONES void squared_distances(const T* x, int64_t rows, const Classes<T>& classes,
                                         T* out, int64_t out_stride) {
  const int64_t D = classes.dimension;
  int64_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    for (int64_t k = 0; k < classes.count; ++k) {
      square<4, kDiagonal>(x + i * D, classes.mean(k), classes.inverse(k), D,
                           out + i * out_stride + k, out_stride);
    }
  }
  for (; i < rows; ++i) {
    for (int64_t k = 0; k < classes.count; ++k) {
      square<1, kDiagonal>(x + i * D, classes.mean(k), classes.inverse(k), D,
                           out + i * out_stride + k, out_stride);
    }
  }
}

/// out_i = sum_k c_ik (x_i - mu_k) / Lambda_k of kRows rows and kVectors vectors from d.
template <int kRows, int kVectors, bool kDiagonal, typename T>
LGM_INLINE void weighted_differences(const T* x, const Classes<T>& classes, const T* c,
                                     int64_t c_stride, int64_t d, int64_t lanes, T* out) {
  using V = Vector<T>;
  const int64_t D = classes.dimension;
  V features[kRows][kVectors], sums[kRows][kVectors] = {};
  for (int row = 0; row < kRows; ++row) {
    for (int v = 0; v < kVectors; ++v) {
      features[row][v] = V::load(x + row * D + d + v * V::kLanes, lanes);
    }
  }
  for (int64_t k = 0; k < classes.count; ++k) {
    const T* of_class = c + k;
    bool any = false;
    for (int row = 0; row < kRows; ++row) any |= of_class[row * c_stride] != 0;
    if (!any) continue;
    for (int v = 0; v < kVectors; ++v) {
      const int64_t at = d + v * V::kLanes;
      const V mean = V::load(classes.mean(k) + at, lanes),
              inverse = kDiagonal ? V::load(classes.inverse(k) + at, lanes) : V{};
      for (int row = 0; row < kRows; ++row) {
        const auto difference = features[row][v].lanes - mean.lanes;
        sums[row][v].lanes += kDiagonal
                                  ? of_class[row * c_stride] * inverse.lanes * difference
                                  : of_class[row * c_stride] * *classes.inverse(k) * difference;
      }
    }
  }
  for (int row = 0; row < kRows; ++row) {
    for (int v = 0; v < kVectors; ++v) {
      sums[row][v].store(out + row * D + d + v * V::kLanes, lanes);
    }
  }
}

/// The same of `rows` rows, all of D.
template <bool kDiagonal, typename T>
LGM_VECTOR_CLONES void feature_gradients(const T* x, int64_t rows, const Classes<T>& classes,
                                         const T* c, int64_t c_stride, T* out) {
  constexpr int64_t kLanes = Vector<T>::kLanes;
  const int64_t D = classes.dimension;
  for (int64_t i = 0; i < rows;) {
    const bool four = i + 4 <= rows;
    const T *from = x + i * D, *of = c + i * c_stride;
    T* to = out + i * D;
    int64_t d = 0;
    for (; four && d + 2 * kLanes <= D; d += 2 * kLanes) {
      weighted_differences<4, 2, kDiagonal>(from, classes, of, c_stride, d, kLanes, to);
    }
    for (; d < D; d += kLanes) {
      const int64_t lanes = D - d < kLanes ? D - d : kLanes;
      if (four) {
        weighted_differences<4, 1, kDiagonal>(from, classes, of, c_stride, d, lanes, to);
      } else {
        weighted_differences<1, 1, kDiagonal>(from, classes, of, c_stride, d, lanes, to);
      }
    }
    i += four ? 4 : 1;
  }
}

/// sum_i c_i (x_i - mu) and sum_i c_i (x_i - mu)^2 of kVectors vectors from d.
template <int kVectors, typename T>
LGM_INLINE void moments_from(const T* x, int64_t samples, int64_t D, const T* mean, const T* c,
                             int64_t c_stride, int64_t d, int64_t lanes, T* first, T* second) {
  using V = Vector<T>;
  V means[kVectors], firsts[kVectors] = {}, seconds[kVectors] = {};
  for (int v = 0; v < kVectors; ++v) means[v] = V::load(mean + d + v * V::kLanes, lanes);
  for (int64_t i = 0; i < samples; ++i) {
    const T weight = c[i * c_stride];
    if (weight == 0) continue;
    for (int v = 0; v < kVectors; ++v) {
      const auto difference = V::load(x + i * D + d + v * V::kLanes, lanes).lanes - means[v].lanes;
      const auto weighted = weight * difference;
      firsts[v].lanes += weighted;
      seconds[v].lanes += weighted * difference;
    }
  }
  for (int v = 0; v < kVectors; ++v) {
    firsts[v].store(first + d + v * V::kLanes, lanes);
    seconds[v].store(second + d + v * V::kLanes, lanes);
  }
}

/// The same of all D.
template <typename T>
LGM_VECTOR_CLONES void moments(const T* x, int64_t samples, int64_t D, const T* mean, const T* c,
                               int64_t c_stride, T* first, T* second) {
  constexpr int64_t kLanes = Vector<T>::kLanes;
  int64_t d = 0;
  for (; d + 4 * kLanes <= D; d += 4 * kLanes) {
    moments_from<4>(x, samples, D, mean, c, c_stride, d, kLanes, first, second);
  }
  for (; d < D; d += kLanes) {
    const int64_t lanes = D - d < kLanes ? D - d : kLanes;
    moments_from<1>(x, samples, D, mean, c, c_stride, d, lanes, first, second);
  }
}

template <typename T>
struct OperandSums {
  T mean_square, log_det;  ///< over d
};

/// What lgm_products.hpp says of one class, but for its constant term.
template <bool kDiagonal, typename T>
LGM_VECTOR_CLONES OperandSums<T> write_operand(const T* mean, const T* centre,
                                               const T* log_variances, const T* inverse, int64_t D,
                                               T* linear, T* square) {
  using V = Vector<T>;
  V mean_square{}, log_det{};
  for_each_vector<T>(
      D, [&](int64_t d, int64_t lanes) __attribute__((always_inline)) {
        const auto centred = V::load(mean + d, lanes).lanes - V::load(centre + d, lanes).lanes;
        V scaled{};
        if (kDiagonal) {
          const auto of_class = V::load(inverse + d, lanes).lanes;
          scaled.lanes = centred * of_class;
          V{of_class * T(-0.5)}.store(square + d, lanes);
          log_det.lanes += V::load(log_variances + d, lanes).lanes;
        } else {
          scaled.lanes = centred * *inverse;
        }
        scaled.store(linear + d, lanes);
        mean_square.lanes += scaled.lanes * centred;
      });
  if (!kDiagonal) *square = *inverse * T(-0.5);
  return {mean_square.sum(), kDiagonal ? log_det.sum() : *log_variances * T(D)};
}

/// Products::class_gradients of one class, from sums of x' (`first`), its square and 1 (`weight`).
template <bool kDiagonal, typename T>
LGM_VECTOR_CLONES void write_class_gradients(const T* mean, const T* centre, const T* inverse,
                                             const T* linear, T mean_square, const T* first,
                                             const T* second, T weight, int64_t D, T* means,
                                             T* log_variances) {
  using V = Vector<T>;
  V crossed{};
  for_each_vector<T>(
      D, [&](int64_t d, int64_t lanes) __attribute__((always_inline)) {
        const auto of_means = V::load(linear + d, lanes).lanes,
                   sum = V::load(first + d, lanes).lanes;
        if (kDiagonal) {
          const auto of_class = V::load(inverse + d, lanes).lanes;
          const V gradient{weight * of_means - sum * of_class};
          gradient.store(means + d, lanes);
          const auto centred = V::load(mean + d, lanes).lanes - V::load(centre + d, lanes).lanes;
          const auto squares = V::load(second + d, lanes).lanes * of_class - of_means * sum +
                               centred * gradient.lanes;
          V{(weight - squares) * T(0.5)}.store(log_variances + d, lanes);
        } else {
          V{weight * of_means - sum * *inverse}.store(means + d, lanes);
          crossed.lanes += of_means * sum;
        }
      });
  if (kDiagonal) return;
  const T squares = *second * *inverse - 2 * crossed.sum() + weight * mean_square;
  *log_variances = (weight * T(D) - squares) / 2;
}

/// Sums over each row of values [rows,columns] and, added to what is there, over each column.
template <typename T>
LGM_VECTOR_CLONES void add_up(const T* values, int64_t rows, int64_t columns, int64_t stride,
                              T* of_rows, T* of_columns) {
  using V = Vector<T>;
  for (int64_t i = 0; i < rows; ++i) {
    V sum{};
    for_each_vector<T>(
        columns, [&](int64_t k, int64_t lanes) __attribute__((always_inline)) {
          const auto here = V::load(values + i * stride + k, lanes).lanes;
          V{V::load(of_columns + k, lanes).lanes + here}.store(of_columns + k, lanes);
          sum.lanes += here;
        });
    of_rows[i] = sum.sum();
  }
}

}  // namespace gmtrain::lgm::loops
