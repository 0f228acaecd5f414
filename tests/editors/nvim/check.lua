-- nvim --headless -u check.lua: docs/editors.md's set-up (SETUP) on the project's plan (PLAN), from the start of a run
-- to its end. Prints what it saw; ends with 1 at the first thing that is not there.
vim.o.swapfile = false

local function say(text) io.stdout:write(text .. "\n") end

local function wait_for(what, condition)
  local seen
  if not vim.wait(tonumber(vim.env.PATIENCE_MS or 120000), function() seen = condition() return seen end, 50) then
    error("not seen: " .. what)
  end
  say("seen: " .. what)
  return seen
end

local function diagnostic(buffer, pattern)
  for _, one in ipairs(vim.diagnostic.get(buffer)) do
    if one.message:match(pattern) then return one end
  end
end

local function action(client, buffer, found, title)
  local data = found.user_data.lsp
  local range = {
    start = { line = found.lnum, character = found.col }, ["end"] = { line = found.end_lnum, character = found.end_col },
  }
  local given = { range = range, message = found.message, severity = found.severity, source = found.source, code = data.code, data = data.data }
  local params = { textDocument = vim.lsp.util.make_text_document_params(buffer), range = range, context = { diagnostics = { given } } }
  local answer = client.request_sync("textDocument/codeAction", params, 20000, buffer)
  for _, one in ipairs(answer and answer.result or {}) do
    if one.title:match(title) then return one end
  end
  error("no action " .. title)
end

local function check()
  local autopack = dofile(vim.env.SETUP)
  autopack.cmd = vim.split(vim.env.SERVER, " ")
  local messages = {}
  vim.lsp.handlers["window/showMessageRequest"] = function(_, params) table.insert(messages, params.message) return vim.NIL end

  vim.cmd("edit " .. vim.env.PLAN)
  local plan = vim.api.nvim_get_current_buf()
  local client = wait_for("the server", function()
    local _, first = next(vim.lsp.buf_get_clients(plan))
    return first and first.initialized and first
  end)

  vim.api.nvim_buf_set_lines(plan, -1, -1, false, { "    notse: x" })
  wait_for("AP101 while typing", function() return diagnostic(plan, "notse") end)
  vim.api.nvim_buf_set_lines(plan, -2, -1, false, {})
  wait_for("no problem after putting it right", function() return not diagnostic(plan, "notse") end)

  autopack.send("autopack.run.start", { planUri = vim.uri_from_bufnr(plan), cassette = vim.env.CASSETTE })
  local waiting = wait_for("that a person is awaited", function() return diagnostic(plan, "approve or reject") end)
  wait_for("the message", function() return messages[1] and messages[1]:match("needs you") end)
  local approve = action(client, plan, waiting, "^Approve AP303 .* once$")
  vim.lsp.buf.execute_command(approve.command)

  vim.cmd("edit " .. vim.fn.fnamemodify(vim.env.PLAN, ":h") .. "/tests/test_catalogue.py")
  local tests = vim.api.nvim_get_current_buf()
  local failure = wait_for("the failing gate at its assertion", function() return diagnostic(tests, "test_find_by_isbn fails") end)
  assert(failure.lnum == 24, "line " .. failure.lnum)
  wait_for("the end's message", function() return messages[#messages]:match("phase search failed") end)

  local patch = action(client, tests, failure, "^Show the change of search")
  vim.lsp.commands[patch.command.command](patch.command, {})
  wait_for("the change as a patch", function() return vim.api.nvim_buf_get_name(0):match("search%-1%.patch$") end)
  wait_for("what it changed", function() return vim.fn.search("casefold", "nw") > 0 end)
  vim.lsp.stop_client(vim.lsp.get_active_clients())
end

vim.api.nvim_create_autocmd("VimEnter", { callback = function() vim.schedule(function()
  local ok, failure = pcall(check)
  say(ok and "all seen" or tostring(failure))
  vim.cmd(ok and "qall!" or "cquit 1")
end) end })
