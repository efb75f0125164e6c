//===- CodeCache.cpp - Compiled programs, kept on disk --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeCache.h"

#include "altgrad/ExecutionEngine/Diagnostics.h"
#include "altgrad/InitAll.h"

#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

#include <link.h>
#include <mutex>

using namespace altgrad;
using namespace altgrad::python;
using namespace mlir;
using llvm::Expected;

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

const DialectRegistry &altgrad::python::getRegistry() {
  static const DialectRegistry *registry = [] {
    auto *all = new DialectRegistry;
    altgrad::registerAllDialects(*all);
    mlir::registerAllPasses();
    altgrad::registerAllPasses();
    altgrad::registerAllPipelines();
    return all;
  }();
  return *registry;
}

namespace {
struct State {
  std::mutex mutex;
  std::string directory;
  CacheStatistics statistics;
};
} // namespace

/// Never freed: threads may still compile when the interpreter ends.
static State &getState() {
  static State *state = new State;
  return *state;
}

void altgrad::python::setCacheDirectory(std::string path) {
  State &state = getState();
  std::lock_guard<std::mutex> lock(state.mutex);
  state.directory = std::move(path);
}

std::string altgrad::python::getCacheDirectory() {
  State &state = getState();
  std::lock_guard<std::mutex> lock(state.mutex);
  return state.directory;
}

CacheStatistics altgrad::python::getCacheStatistics() {
  State &state = getState();
  std::lock_guard<std::mutex> lock(state.mutex);
  return state.statistics;
}

static void count(uint64_t CacheStatistics::*counter) {
  State &state = getState();
  std::lock_guard<std::mutex> lock(state.mutex);
  ++(state.statistics.*counter);
}

//===----------------------------------------------------------------------===//
// Keys
//===----------------------------------------------------------------------===//

/// The linker's hash over this very module (the note that --build-id makes):
/// two builds that generate different code have different ones.
static std::string findBuildId() {
  struct Search {
    uintptr_t address;
    std::string id;
  } search{reinterpret_cast<uintptr_t>(&findBuildId), {}};
  dl_iterate_phdr(
      [](dl_phdr_info *info, size_t, void *data) {
        auto &search = *static_cast<Search *>(data);
        auto headers = llvm::ArrayRef(info->dlpi_phdr, info->dlpi_phnum);
        bool isThis = llvm::any_of(headers, [&](const auto &header) {
          uintptr_t start = info->dlpi_addr + header.p_vaddr;
          return header.p_type == PT_LOAD && search.address >= start &&
                 search.address < start + header.p_memsz;
        });
        if (!isThis)
          return 0;
        for (const auto &header : headers) {
          if (header.p_type != PT_NOTE)
            continue;
          const char *note =
              reinterpret_cast<const char *>(info->dlpi_addr + header.p_vaddr);
          const char *end = note + header.p_memsz;
          while (note + sizeof(ElfW(Nhdr)) <= end) {
            const auto *head = reinterpret_cast<const ElfW(Nhdr) *>(note);
            const char *description =
                note + sizeof(*head) + llvm::alignTo(head->n_namesz, 4);
            if (head->n_type == NT_GNU_BUILD_ID)
              search.id =
                  llvm::toHex(llvm::StringRef(description, head->n_descsz));
            note = description + llvm::alignTo(head->n_descsz, 4);
          }
        }
        return 1;
      },
      &search);
  return search.id;
}

/// What all code of this process depends on; empty where this build has no id,
/// for then nothing may be kept.
static const std::string &getEnvironmentKey() {
  static const std::string *key = [] {
    std::string id = findBuildId();
    return new std::string(id.empty() ? ""
                                      : id + "\n" LLVM_VERSION_STRING "\n" +
                                            describeHostProcessor() + "\n");
  }();
  return *key;
}

static std::string getKey(llvm::StringRef text, llvm::StringRef pipeline,
                          const CompileOptions &options) {
  llvm::SHA256 hash;
  hash.update(getEnvironmentKey());
  hash.update(std::to_string(options.optLevel) + "\n" + options.cpu + "\n");
  for (const std::string &library : options.sharedLibraries)
    hash.update(library + "\n");
  hash.update((pipeline + "\n").str());
  hash.update(text);
  return llvm::toHex(hash.final(), /*LowerCase=*/true);
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static std::unique_ptr<CompiledModule> loadFile(llvm::StringRef path,
                                                const CompileOptions &options) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return nullptr;
  // A file of which something is wrong is as good as none.
  Expected<CompiledCode> code = CompiledCode::parse((*buffer)->getBuffer());
  if (!code) {
    llvm::consumeError(code.takeError());
    return nullptr;
  }
  auto module = CompiledModule::load(*code, options);
  if (!module) {
    llvm::consumeError(module.takeError());
    return nullptr;
  }
  return std::move(*module);
}

/// Writes under another name and renames, so that no process ever reads half a
/// file.
static void writeFile(llvm::StringRef path, llvm::StringRef bytes) {
  using namespace llvm::sys;
  // Only the user may write what the user's programs will execute.
  if (fs::create_directories(path::parent_path(path), true, fs::owner_all))
    return;
  llvm::SmallString<128> temporary;
  int descriptor;
  if (fs::createUniqueFile(path + ".%%%%%%%%", descriptor, temporary,
                           fs::OF_None, fs::owner_read | fs::owner_write))
    return;
  bool written = true;
  {
    llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    os << bytes;
    os.close();
    written = !os.has_error();
    os.clear_error();
  }
  if (!written || fs::rename(temporary, path))
    (void)fs::remove(temporary); // a file too many harms nobody
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

/// `compile` is called where there is no code for the key.
static Expected<std::unique_ptr<CompiledModule>> compileUnderKey(
    llvm::StringRef text, llvm::StringRef pipeline, CompileOptions options,
    llvm::function_ref<
        Expected<std::unique_ptr<CompiledModule>>(const CompileOptions &)>
        compile) {
  std::string directory = getCacheDirectory();
  options.keepCode = !directory.empty() && !getEnvironmentKey().empty();
  llvm::SmallString<128> path(directory);
  if (options.keepCode) {
    llvm::sys::path::append(path, getKey(text, pipeline, options) + ".code");
    if (auto module = loadFile(path, options)) {
      count(&CacheStatistics::loaded);
      return module;
    }
  }
  auto module = compile(options);
  if (!module)
    return module;
  count(&CacheStatistics::compiled);
  if (const CompiledCode *code = (*module)->getCode())
    writeFile(path, code->serialize());
  return module;
}

Expected<std::unique_ptr<CompiledModule>>
altgrad::python::compileCached(ModuleOp module, llvm::StringRef pipeline,
                               CompileOptions options) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, OpPrintingFlags().enableDebugInfo(false));
  return compileUnderKey(
      text, pipeline, std::move(options), [&](const CompileOptions &options) {
        return CompiledModule::lowerAndCompile(module, pipeline, options);
      });
}

Expected<std::unique_ptr<CompiledModule>> altgrad::python::compileTextCached(
    llvm::StringRef text, llvm::StringRef pipeline, CompileOptions options) {
  return compileUnderKey(
      text, pipeline, std::move(options),
      [&](const CompileOptions &options)
          -> Expected<std::unique_ptr<CompiledModule>> {
        // Small programs: a pool of threads would cost more than it saves.
        MLIRContext context(getRegistry(), MLIRContext::Threading::DISABLED);
        ErrorCollector errors(&context);
        auto module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
        if (!module)
          return errors.takeError("the program cannot be parsed");
        return CompiledModule::lowerAndCompile(*module, pipeline, options);
      });
}
