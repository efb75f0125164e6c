"""What the lit suites in test/ and unittests/ share."""

import ctypes
import os


def set_up_sanitizers(config):
    """Names the sanitizers of this build as features and sets their options."""
    sanitizers = [s for s in config.altgrad_sanitizers.split(",") if s]
    features = {"address": "asan", "undefined": "ubsan"}
    for sanitizer in sanitizers:
        config.available_features.add(features.get(sanitizer, sanitizer))
    if not sanitizers:
        return
    # LLVM's BumpPtrAllocator is partly inlined into our instrumented code and
    # poisons there what libLLVM.so, not instrumented, later hands out.
    config.environment["ASAN_OPTIONS"] = "allow_user_poisoning=0"
    config.environment["UBSAN_OPTIONS"] = "print_stacktrace=1"
    symbolizer = os.path.join(config.llvm_tools_dir, "llvm-symbolizer")
    config.environment["ASAN_SYMBOLIZER_PATH"] = symbolizer
    config.environment["UBSAN_SYMBOLIZER_PATH"] = symbolizer


def has_cuda_device():
    """True if this machine's CUDA driver finds a device."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int()
    return (
        driver.cuInit(0) == 0
        and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
        and count.value > 0
    )


def get_cuda_emulator(config):
    """The folder of the emulator's libcuda.so.1, or None if it was not built."""
    folder = os.path.join(config.altgrad_obj_root, "emulator")
    return folder if os.path.exists(os.path.join(folder, "libcuda.so.1")) else None


def find_cuda_driver(config):
    """Lets programs find the emulator as CUDA driver where there is no device."""
    emulator = get_cuda_emulator(config)
    if emulator and not has_cuda_device():
        config.environment["LD_LIBRARY_PATH"] = emulator
