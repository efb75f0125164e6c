"""The lit suite of altgrad: what is a test, and what a RUN line may say."""

import os
import shutil
import subprocess
import sys

import lit.formats
from lit.llvm import llvm_config
from lit.llvm.subst import FindTool, ToolSubst

sys.path.insert(0, os.path.dirname(__file__))
from altgrad_lit import (  # noqa: E402
    get_cuda_emulator,
    has_cuda_device,
    set_up_sanitizers,
)

config.name = "ALTGRAD"
config.test_format = lit.formats.ShTest(False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "golden"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.altgrad_obj_root, "test")

# lit -Dverify_roundtrip=1 runs the suite with a printer, parser and bytecode
# round trip of each input of altgrad-opt. A test which cannot pass that way
# says `UNSUPPORTED: verify-roundtrip` and why.
verify_roundtrip = lit_config.params.get("verify_roundtrip") == "1"
if verify_roundtrip:
    config.name += "-ROUNDTRIP"
    config.available_features.add("verify-roundtrip")
    # These run other programs than altgrad-opt: nothing would be new.
    config.excludes += ["Consumer", "Plugin", "Tools"]

set_up_sanitizers(config)


def library(name):
    return os.path.join(config.llvm_lib_dir, name + config.shlib_ext)


config.substitutions += [
    ("%altgrad_src_root", config.altgrad_src_root),
    ("%altgrad_obj_root", config.altgrad_obj_root),
    (
        "%altgrad_plugin",
        os.path.join(config.altgrad_obj_root, "lib", "libAltgradPlugin.so"),
    ),
    (
        "%altgrad_cuda_runtime",
        os.path.join(config.altgrad_obj_root, "lib", "libaltgrad_cuda_runtime.so"),
    ),
    ("%mlir_runner_utils", library("libmlir_runner_utils")),
    ("%mlir_c_runner_utils", library("libmlir_c_runner_utils")),
    ("%mlir_float16_utils", library("libmlir_float16_utils")),
    ("%libomp", library("libomp")),
    ("%cmake", config.cmake),
    ("%cxx", config.cxx),
    ("%python", config.python),
    (
        "%check_gradients",
        f"{config.python} {config.test_source_root}/Gradients/check_gradients.py",
    ),
    (
        "%check_straight_through",
        f"{config.python} {config.test_source_root}"
        "/Gradients/check_straight_through.py",
    ),
]
# Debian's NumPy and matplotlib belong to Debian's own Python, whatever else is on
# the PATH.
for python in [config.python, "/usr/bin/python3"]:
    names = ["numpy", "matplotlib"]
    code = f"import importlib.util as u; print(*filter(u.find_spec, {names}))"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True)
    if "numpy" in found.stdout.split():
        config.available_features.update(found.stdout.split())
        config.substitutions.append(("%numpy_python", python))
        break
# CUDA's assembler checks the PTX where there is one; nothing needs it.
ptxas = shutil.which("ptxas") or shutil.which("ptxas", path="/usr/local/cuda/bin")
if ptxas:
    config.available_features.add("ptxas")
config.substitutions.append(("%ptxas", ptxas or "ptxas"))
if os.path.exists(library("libomp")):
    config.available_features.add("openmp")

# Programs find a CUDA driver by its name, libcuda.so.1. `%cuda_emulator program`
# runs them with the interpreter of this build instead of a driver; without it
# they find the machine's own, and there is none but where the driver has a device.
emulator = get_cuda_emulator(config)
if emulator:
    config.available_features.add("cuda-emulator")
    config.substitutions.append(("%cuda_emulator", f"env LD_LIBRARY_PATH={emulator}"))
if has_cuda_device():
    config.available_features.add("cuda-device")

# FileCheck, not, count, split-file.
llvm_config.use_default_substitutions()
altgrad_bin = os.path.join(config.altgrad_obj_root, "bin")
llvm_config.add_tool_substitutions(
    [
        ToolSubst(
            "altgrad-opt",
            command=FindTool("altgrad-opt"),
            extra_args=["--verify-roundtrip"] if verify_roundtrip else [],
        ),
        "altgrad-lsp-server",
        "altgrad-run",
        "llc",
        "llvm-objdump",
        "mlir-cat",
        "mlir-opt",
        "mlir-runner",
        "mlir-translate",
        "opt",
        "split-file",
    ],
    [altgrad_bin, config.llvm_tools_dir],
)
# What a shell finds without a path is what was built and LLVM 22's own.
llvm_config.with_environment(
    "PATH", [altgrad_bin, config.llvm_tools_dir], append_path=True
)
# For test/Gradients/compiled.py.
llvm_config.with_environment("CXX", config.cxx)
