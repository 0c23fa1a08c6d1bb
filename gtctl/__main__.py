from gtctl.cli import main

main()
