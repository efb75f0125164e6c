"""stand_in_for_cuda.py FOLDER: libraries of CUDA that only fail, beside PyTorch's.

PyTorch's package on PyPI links against 3 GB of CUDA libraries that a machine without
a GPU never calls, and does not load without them. This writes one small library for
each of those that are missing in FOLDER (site-packages/torch/lib), with the symbols
that PyTorch's own libraries want of it; each function returns the error code 100,
"no CUDA-capable device". PyTorch then works on the CPU, which is all the tests need.

Where the real libraries are installed as packages, they come first in PyTorch's
search path, and these are never loaded.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

LLVM = pathlib.Path("/usr/lib/llvm-22/bin")
# Of libraries that every Debian has.
SYSTEM = re.compile(r"lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s|z|quadmath)\.so|ld-linux")
CUDA_SYMBOL = re.compile(r"(__)?cu|nccl|nvrtc|nvshmem|nvtx|_ZN7nvshmem")
# The only library whose symbols have versions that are not its own name.
VERSIONS = {"NVSHMEM": "libnvshmem_host.so.3"}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read_libraries(folder):
    """What PyTorch's libraries need: names of libraries, and versions by symbol."""
    needed, defined, wanted = set(), set(), {}
    libraries = sorted(folder.glob("*.so*"))
    for library in libraries:
        dynamic = run(LLVM / "llvm-readelf", "--dynamic-table", "-W", library)
        needed.update(re.findall(r"NEEDED.*\[(.*)\]", dynamic))
        symbols = run(LLVM / "llvm-readelf", "--dyn-symbols", "-W", library)
        for line in symbols.splitlines():
            fields = line.split()
            if len(fields) < 8 or fields[0] == "Num:":
                continue
            name, _, version = fields[7].partition("@")
            if fields[6] != "UND":
                defined.add(name)
            elif CUDA_SYMBOL.match(name):
                wanted[name] = version or wanted.get(name, "")
    own = {library.name for library in libraries}
    missing = sorted(name for name in needed - own if not SYSTEM.match(name))
    return missing, {name: wanted[name] for name in wanted if name not in defined}


def main():
    folder = pathlib.Path(sys.argv[1])
    missing, wanted = read_libraries(folder)
    # A symbol without a version may come from any library that is loaded.
    anywhere = next((name for name in missing if name.startswith("libcudart.")), None)
    by_library = {name: {} for name in missing}
    for name, version in sorted(wanted.items()):
        library = VERSIONS.get(version, version) if version else anywhere
        by_library.setdefault(library, {}).setdefault(version, []).append(name)

    with tempfile.TemporaryDirectory() as scratch:
        assembly = pathlib.Path(scratch, "stand_in.s")
        script = pathlib.Path(scratch, "stand_in.map")
        for library in missing:
            versions = by_library[library]
            labels = [name for names in versions.values() for name in names]
            text = "".join(f".globl {n}\n.type {n},@function\n{n}:\n" for n in labels)
            assembly.write_text(
                f'.text\n{text}mov $100, %eax\nret\n.section .note.GNU-stack,"",@progbits\n'
            )
            script.write_text(
                "".join(
                    f"{version} {{ global: {'; '.join(names)}; }};\n"
                    for version, names in versions.items()
                    if version
                )
            )
            options = [f"-Wl,--version-script={script}"] if any(versions) else []
            run(
                *(LLVM / "clang", "-fuse-ld=lld", "-shared", "-nostdlib"),
                *(f"-Wl,-soname,{library}", *options, assembly, "-o", folder / library),
            )


main()
