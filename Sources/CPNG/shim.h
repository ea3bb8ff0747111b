// libpng's simplified interface (no setjmp in the caller), and its function-like macros as functions.
#include <png.h>

/// The format of three bytes a pixel: R, G, B.
static inline png_uint_32 cpng_format_rgb(void) { return PNG_FORMAT_RGB; }

/// An upper bound of the encoded size in bytes of `image`, whose width, height and format are set.
static inline size_t cpng_encoded_size_max(const png_image *image) {
  return PNG_IMAGE_PNG_SIZE_MAX(*image);
}
