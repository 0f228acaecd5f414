;;; emacs -Q --batch -l check.el: docs/editors.md's set-up (SETUP) on the project's plan (PLAN), from the start of a run to
;;; its end. Prints what it saw; ends with 1 at the first thing that is not there.
(require 'package)
(setq package-user-dir "/nonexistent"
      package-directory-list '("/usr/share/emacs/site-lisp/elpa" "/usr/share/emacs28/site-lisp/elpa"))
(package-initialize)
(load (getenv "SETUP"))
(require 'flymake)
(require 'seq)

(setq eglot-sync-connect 60 eglot-connect-timeout 60 eglot-autoshutdown t make-backup-files nil create-lockfiles nil)
(setcdr (assq 'autopack-plan-mode eglot-server-programs) (split-string (getenv "SERVER")))

(defvar messages nil)
(cl-defmethod eglot-handle-request (_server (_method (eql window/showMessageRequest)) &key message &allow-other-keys)
  (push message messages)
  nil)
(cl-defmethod eglot-handle-request (_server (_method (eql window/showDocument)) &key &allow-other-keys)
  (list :success :json-false))

(defun wait-for (what seen)
  (let ((end (+ (float-time) (/ (string-to-number (or (getenv "PATIENCE_MS") "120000")) 1000.0))) answer)
    (while (and (not (setq answer (funcall seen))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (unless answer
      (message "not seen: %s" what)
      (kill-emacs 1))
    (message "seen: %s" what)
    answer))

(defun found (pattern)
  "The diagnostic of this buffer whose text matches PATTERN."
  (flymake-start)
  (seq-find (lambda (one) (string-match-p pattern (flymake-diagnostic-text one))) (flymake-diagnostics)))

(defun action (pattern)
  "The code action at point whose title matches PATTERN."
  (seq-find (lambda (one) (string-match-p pattern (plist-get one :title)))
            (eglot-code-actions (line-beginning-position) (line-end-position))))

(find-file (getenv "PLAN"))
(unless (eglot-current-server) (apply #'eglot (eglot--guess-contact)))
(wait-for "the server" #'eglot-current-server)
(flymake-mode 1)

(goto-char (point-max))
(insert "    notse: x\n")
(wait-for "AP101 while typing"
          (lambda () (eglot--signal-textDocument/didChange) (found "notse")))
(forward-line -1)
(delete-region (point) (point-max))
(wait-for "no problem after putting it right"
          (lambda () (eglot--signal-textDocument/didChange) (not (found "notse"))))
(set-buffer-modified-p nil)

(autopack-send "autopack.run.start" :planUri (concat "file://" (getenv "PLAN")) :cassette (getenv "CASSETTE"))
(wait-for "that a person is awaited" (lambda () (found "approve or reject")))
(wait-for "the message" (lambda () (seq-some (lambda (text) (string-match-p "needs you" text)) messages)))
(goto-char (point-min))
(search-forward "id: drop-legacy")
(let ((command (plist-get (action "^Approve AP303 .* once$") :command)))
  (eglot-execute-command (eglot-current-server) (intern (plist-get command :command)) (plist-get command :arguments)))

(wait-for "that the phase failed" (lambda () (found "findings?, worst AP401\\|AP401: ")))
(wait-for "the end's message" (lambda () (seq-some (lambda (text) (string-match-p "phase search failed" text)) messages)))
(autopack-send "autopack.phase.showPatch" :runId "demo" :phaseId "search")
(wait-for "the change as a patch" (lambda () (string-suffix-p "search-1.patch" (buffer-file-name))))
(goto-char (point-min))
(wait-for "what it changed" (lambda () (search-forward "casefold" nil t)))
(message "all seen")
(kill-emacs 0)
