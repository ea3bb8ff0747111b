// What libFuzzer and address sanitizer offer to the code that they run.
#include <sanitizer/allocator_interface.h>
#include <stddef.h>
#include <stdint.h>

// libFuzzer's own mutations, for a mutator that repairs what they broke.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maximum_size);
